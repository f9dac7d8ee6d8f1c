import { isIP } from 'node:net';
import type { Request } from 'express';

/**
 * The address that limits count by. An IPv6 address stands for its /64, which is what one customer of an access provider
 * has (RFC 6177): counted singly, everybody would have 2^64 of them. A mapped IPv4 address is the IPv4 address.
 */
export function clientAddress(req: Pick<Request, 'ip'>): string {
  // Without a zone (`fe80::1%eth0`): it is a name of ours for the interface, not part of who asks.
  const address = (req.ip ?? '').split('%', 1)[0]!;
  if (isIP(address) === 6) return ofIpv6(address);
  return isIP(address) === 4 ? address : 'unknown';
}

function ofIpv6(address: string): string {
  // The URL parser writes every form of an address in the same way, an IPv4 tail as two groups.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  const isMapped = groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff';
  if (isMapped) return bytesOf(groups.slice(6)).join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function bytesOf(groups: readonly string[]): number[] {
  return groups.map((group) => Number.parseInt(group, 16)).flatMap((value) => [value >> 8, value & 0xff]);
}
