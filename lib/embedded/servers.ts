import { rmSync } from 'node:fs';
import type { Settings } from '../settings/mod.ts';
import { loadCredentials, type Credentials } from './credentials.ts';
import type { Guard } from './guard.ts';
import { mlflowServer } from './mlflow.ts';
import { natsServer } from './nats.ts';
import { Ports } from './ports.ts';
import { rayServer } from './ray.ts';
import { s3Server } from './s3.ts';
import { socketFolder, type Embedded, type Setting } from './spec.ts';
import { Supervisor, type ServerStatus } from './supervisor.ts';

/** How clients reach the servers that serving needs. */
export interface Connections {
  readonly nats: { readonly servers: string; readonly passwords: { readonly production: string | undefined; readonly staging: string | undefined } };
  readonly s3: { readonly endpoint: string; readonly bucket: string; readonly key: string; readonly secret: string };
}

/**
 * The embedded servers of one home. A server for which the settings name an
 * address is not started; the address is used.
 */
export class Servers {
  readonly #settings: Settings;
  readonly #guard: Guard;
  readonly #onChange: (status: ServerStatus) => void;
  readonly #credentials: Credentials;
  readonly #setting: Setting;
  readonly #supervisors: Supervisor[] = [];
  #connections: Connections | null = null;
  #mlflow: string | null;
  #ray: string | null;

  constructor(settings: Settings, guard: Guard, onChange: (status: ServerStatus) => void = () => undefined) {
    this.#settings = settings;
    this.#guard = guard;
    this.#onChange = onChange;
    this.#credentials = loadCredentials(settings.home);
    this.#setting = { home: settings.home, ports: new Ports(settings.home), credentials: this.#credentials, bucket: settings.s3Bucket };
    this.#mlflow = settings.mlflow ?? null;
    this.#ray = settings.ray ?? null;
  }

  /** NATS and S3, at once. Throws `SERVICE_DOWN` with the end of the log of the one that did not start. */
  async startServing(): Promise<Connections> {
    const { settings, credentials } = { settings: this.#settings, credentials: this.#credentials };
    const nats = settings.nats === undefined ? await natsServer(this.#setting) : null;
    const s3 = settings.s3 === undefined ? await s3Server(this.#setting) : null;
    await Promise.all([nats, s3].filter((one) => one !== null).map((one) => this.#run(one)));
    return this.#connections = {
      nats: {
        servers: settings.nats ?? nats!.address,
        passwords: nats === null
          ? { production: settings.natsPassword, staging: settings.natsPassword }
          : { production: credentials.natsProduction, staging: credentials.natsStaging },
      },
      s3: {
        endpoint: settings.s3 ?? s3!.address,
        bucket: settings.s3Bucket,
        key: s3 === null ? settings.s3Key ?? '' : credentials.s3Key,
        secret: s3 === null ? settings.s3Secret ?? '' : credentials.s3Secret,
      },
    };
  }

  /** MLflow and Ray, after serving and the environment `train`; those that do not run yet. Throws `SERVICE_DOWN`. */
  async startTraining(): Promise<void> {
    const s3 = this.#connections!.s3;
    const results = await Promise.allSettled([
      this.#mlflow ?? mlflowServer(this.#setting, s3).then(async (embedded) => {
        await this.#run(embedded);
        this.#mlflow = embedded.address;
      }),
      this.#ray ?? rayServer(this.#setting, s3).then(async (embedded) => {
        await this.#run(embedded);
        this.#ray = embedded.address;
      }),
    ]);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** The tracking server's address, once it answers. */
  mlflowUrl(): string | null {
    return this.#mlflow;
  }

  /** The address of Ray's dashboard, once it answers. */
  rayUrl(): string | null {
    return this.#ray;
  }

  statuses(): ServerStatus[] {
    return this.#supervisors.map((one) => one.status);
  }

  /** Stops those that were started, the last first: MLflow needs S3 until it is gone. */
  async stop(): Promise<void> {
    const training = this.#supervisors.filter((one) => ['mlflow', 'ray'].includes(one.status.name));
    await Promise.all(training.map((one) => one.stop()));
    await Promise.all(this.#supervisors.filter((one) => !training.includes(one)).map((one) => one.stop()));
    rmSync(socketFolder(this.#settings.home), { recursive: true, force: true });
  }

  async #run(embedded: Embedded): Promise<void> {
    const supervisor = new Supervisor(embedded.spec, this.#guard, this.#onChange);
    this.#supervisors.push(supervisor);
    try {
      await supervisor.start();
    } catch (error) {
      this.#supervisors.splice(this.#supervisors.indexOf(supervisor), 1);
      throw error;
    }
  }
}
