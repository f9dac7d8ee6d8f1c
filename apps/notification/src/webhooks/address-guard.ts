import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { BlockedDestinationError } from '../errors.ts';

/** `dns.lookup` as `net.connect` calls it. */
export type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
) => void;

/** Keeps webhooks away from everything that is not on the public internet. */
export interface AddressGuard {
  /**
   * Checks what can be said without asking the DNS: scheme, credentials, literal addresses, `localhost`. Throws
   * BlockedDestinationError.
   */
  checkUrl(url: string): void;
  /**
   * Checks a connection's literal address; a name passes and is checked by `lookup`. Throws BlockedDestinationError.
   */
  checkHost(hostname: string, port: number): void;
  /** Whether the host is one that is not checked at all. */
  isException(hostname: string, port: number): boolean;
  /**
   * Resolves a name inside the connection attempt and fails when any of its addresses is blocked. What was checked is
   * what is connected to, so a name that answers differently the second time (rebinding) gains nothing.
   */
  readonly lookup: Lookup;
}

export interface AddressGuardOptions {
  /** Plain http is allowed; never in production. */
  allowHttp: boolean;
  /** `host` or `host:port` that are not checked, for loopback in development. */
  allowedHosts: readonly string[];
  lookup?: Lookup;
}

/** A guard with its exceptions; `lookup` is replaced in tests. */
export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const { allowHttp, lookup = systemLookup as Lookup } = options;
  const exceptions = new Set(options.allowedHosts.map((entry) => entry.toLowerCase()));
  const isException = (rawHostname: string, port: number) => {
    const hostname = bareHost(rawHostname);
    return exceptions.has(hostname) || exceptions.has(`${hostname}:${port}`);
  };
  const checkHost = (rawHostname: string, port: number): void => {
    const hostname = bareHost(rawHostname);
    if (isException(hostname, port)) return;
    if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) throw notPublic();
    if (hostname === 'localhost' || hostname.endsWith('.localhost')) throw notPublic();
  };

  return {
    checkHost,
    checkUrl(text) {
      const url = new URL(text);
      if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) {
        throw new BlockedDestinationError(`The URL must start with https://${allowHttp ? ' or http://' : ''}.`);
      }
      if (url.username !== '' || url.password !== '') {
        throw new BlockedDestinationError('The URL must not contain a user name or a password.');
      }
      checkHost(url.hostname, Number(url.port) || (url.protocol === 'https:' ? 443 : 80));
    },
    isException,
    lookup: (hostname, lookupOptions, callback) => {
      lookup(hostname, { ...lookupOptions, all: true }, (error, found) => {
        if (error) return callback(error, []);
        const addresses = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
        if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) {
          return callback(notPublic(), []);
        }
        if (lookupOptions.all === true) return callback(null, addresses);
        callback(null, addresses[0]!.address, addresses[0]!.family);
      });
    },
  };
}

/**
 * Whether an address is on the public internet. Everything is blocked that IANA's special-purpose registries do not
 * call global unicast: loopback, private, link-local, CGNAT, documentation, benchmarking, multicast, reserved; for IPv6
 * also unique-local, the tunnels and translations that carry an IPv4 address (6to4, NAT64, Teredo), and the
 * IPv4-compatible ::/96. IPv4-mapped addresses are judged as the IPv4 address they are.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv4') return parsed.range() === 'unicast';
  const v6 = parsed as ipaddr.IPv6;
  if (v6.isIPv4MappedAddress()) return v6.toIPv4Address().range() === 'unicast';
  // ipaddr.js knows no name for ::/96, deprecated by RFC 4291, 2.5.5.1.
  return v6.range() === 'unicast' && v6.parts.slice(0, 6).some((part) => part !== 0);
}

/** Without the brackets of a URL's IPv6 host and without the dot of an absolute name. */
function bareHost(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** Says nothing about the address: the delivery log must not be a way to ask our DNS. */
function notPublic(): BlockedDestinationError {
  return new BlockedDestinationError('The host is not on the public internet.');
}
