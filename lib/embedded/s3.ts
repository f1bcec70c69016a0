import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keepsObjects } from '../clients/s3/mod.ts';
import { writeAtomic } from './files.ts';
import { answers, logFile, program, socketFolder, type Embedded, type Setting } from './spec.ts';

/** S3 by SeaweedFS: master, volume server, filer (LevelDB) and S3 gateway in one process, all on the loopback. */
export async function s3Server({ home, ports, credentials, bucket }: Setting): Promise<Embedded> {
  const store = join(home, 's3');
  mkdirSync(join(store, 'data'), { recursive: true, mode: 0o700 });
  const config = join(store, 's3.json');
  writeAtomic(config, JSON.stringify({
    identities: [{
      name: 'downline',
      credentials: [{ accessKey: credentials.s3Key, secretKey: credentials.s3Secret }],
      actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
    }],
  }), 0o600);
  const sockets = socketFolder(home);
  const port = async (name: string): Promise<number> => ports.take(`s3-${name}`);
  const s3 = await port('gateway');
  const args = [
    'server', `-dir=${join(store, 'data')}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-filer', '-s3',
    `-master.port=${await port('master')}`, `-master.port.grpc=${await port('master-grpc')}`,
    `-volume.port=${await port('volume')}`, `-volume.port.grpc=${await port('volume-grpc')}`,
    `-filer.port=${await port('filer')}`, `-filer.port.grpc=${await port('filer-grpc')}`,
    `-s3.port=${s3}`, `-s3.port.grpc=${await port('gateway-grpc')}`, '-s3.port.iceberg=0', '-s3.port.lance=0',
    `-s3.config=${config}`, '-s3.iam=false', `-s3.localSocket=${join(sockets, 's3.sock')}`, `-filer.localSocket=${join(sockets, 'filer.sock')}`,
    '-master.telemetry=false', '-master.volumeSizeLimitMB=1024', '-master.volumePreallocate=false', '-master.electionTimeout=1s',
    // 0 = as many volumes as the disk holds. preStop: nobody else needs time to notice that this volume server goes.
    '-volume.max=0', '-volume.preStopSeconds=0',
  ];
  const address = `http://127.0.0.1:${s3}`;
  return {
    address,
    spec: {
      name: 's3',
      command: program(home, 'serve', 'weed'),
      args,
      log: logFile(home, 's3'),
      // Its gateway answers before the volumes have joined: it is up when it keeps an object. Without a signature it refuses, cheaply.
      ready: async () => await answers(`${address}/`, [200, 403]) && keepsObjects({ endpoint: address, bucket, key: credentials.s3Key, secret: credentials.s3Secret }),
      startMs: 60_000,
      // Its filer waits out open streams for 10 s; volumes are append-only and LevelDB has a log, so that cutting it short is safe.
      stopMs: 2_000,
    },
  };
}
