import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from './command.ts';

/** An image of one program and nothing else. */
export type OneProgramImage = {
  readonly image: string;
  readonly program: string;
  readonly entrypoint: readonly string[];
};

/**
 * Writes a one-layer image as a docker-archive, the format that `ctr images import` takes:
 * manifest.json, config.json and the layer, without any image tool.
 */
export async function writeDockerArchive(target: string, from: OneProgramImage): Promise<void> {
  const folder = `${target}.folder`;
  await rm(folder, { recursive: true, force: true });
  await writeLayer(folder, from.program);
  const digest = await sha256(join(folder, 'layer.tar'));
  await writeFile(join(folder, 'config.json'), JSON.stringify(config(from.entrypoint, digest)));
  const manifest = [{ Config: 'config.json', RepoTags: [from.image], Layers: ['layer.tar'] }];
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(folder, 'archive.tar');
  await run(['tar', '-C', folder, '-cf', archive, 'manifest.json', 'config.json', 'layer.tar']);
  await rename(archive, target);
  await rm(folder, { recursive: true, force: true });
}

async function writeLayer(folder: string, program: string): Promise<void> {
  const root = join(folder, 'root');
  await mkdir(join(root, 'tmp'), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  await copyFile(program, join(root, 'program'));
  await chmod(join(root, 'program'), 0o755);
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name'];
  await run(['tar', '-C', root, ...owner, '-cf', join(folder, 'layer.tar'), '.']);
}

function config(entrypoint: readonly string[], digest: string): unknown {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return {
    architecture,
    os: 'linux',
    config: { Entrypoint: ['/program', ...entrypoint] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
}

/** The SHA-256 of a file in hexadecimal digits. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
