import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The remote ports of the TCP connections that a process holds, as Linux lists them (proc(5)). */
export function remotePortsOf(pid: number): Set<number> {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).flatMap((fd) => inodeOf(`/proc/${pid}/fd/${fd}`)));
  const lines = ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8').trim().split('\n').slice(1),
  );
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const held = fields.filter(([, , , , , , , , , inode]) => own.has(inode!));
  return new Set(held.map(([, , remote]) => Number.parseInt(remote!.split(':')[1]!, 16)));
}

/** A descriptor may be closed while it is looked at. */
function inodeOf(link: string): string[] {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(link)) ?? [];
    return inode === undefined ? [] : [inode];
  } catch {
    return [];
  }
}
