export { ensureEnvironment, isInstalled, type EnvironmentName, type InstallOptions } from './environments.ts';
export { readState, writeAtomic, logTail } from './files.ts';
export { Guard, takeOver } from './guard.ts';
export { holderOf, lockHome, type Holder } from './lock.ts';
export { freePort } from './ports.ts';
export { findPython, type Python } from './python.ts';
export { Servers, type Connections } from './servers.ts';
export { Supervisor, type ServerSpec, type ServerStatus } from './supervisor.ts';
export { connectionsOf } from './connections.ts';
