import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { BlockedDestinationError } from '../errors.ts';
import { createAddressGuard, isPublicAddress, type Lookup } from './address-guard.ts';

const production = createAddressGuard({ allowHttp: false, allowedHosts: [] });
const development = createAddressGuard({ allowHttp: true, allowedHosts: ['127.0.0.1', 'localhost:4010'] });

/** A DNS that gives these answers one after the other. */
function dns(...answers: string[][]): Lookup {
  return (_hostname, _options, callback) => {
    const addresses = (answers.length > 1 ? answers.shift()! : answers[0]!).map((address) => ({
      address,
      family: isIP(address),
    }));
    callback(null, addresses);
  };
}

function resolve(lookup: Lookup, all: boolean): Promise<string | LookupAddress[]> {
  return new Promise((done, fail) => {
    lookup('hooks.example.com', { all }, (error, address) => (error ? fail(error) : done(address)));
  });
}

describe('addresses that are not on the public internet', () => {
  it.each([
    ['this network', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['CGNAT', '100.64.0.1'],
    ['CGNAT, last', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback, not the first', '127.255.0.9'],
    ['link-local, cloud metadata', '169.254.169.254'],
    ['private', '172.16.0.1'],
    ['private, last', '172.31.255.255'],
    ['IETF', '192.0.0.8'],
    ['documentation', '192.0.2.1'],
    ['6to4 relay', '192.88.99.1'],
    ['private', '192.168.1.1'],
    ['benchmarking', '198.18.0.1'],
    ['benchmarking, last', '198.19.255.255'],
    ['documentation', '198.51.100.7'],
    ['documentation', '203.0.113.7'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['v6 unspecified', '::'],
    ['v6 loopback', '::1'],
    ['v6 IPv4-compatible', '::7f00:1'],
    ['v6 IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['v6 IPv4-mapped, in hex', '::ffff:a00:1'],
    ['v6 IPv4-translated', '::ffff:0:7f00:1'],
    ['v6 link-local', 'fe80::1'],
    ['v6 site-local', 'fec0::1'],
    ['v6 unique-local', 'fd00::1'],
    ['v6 unique-local', 'fc00::1'],
    ['v6 multicast', 'ff02::1'],
    ['v6 documentation', '2001:db8::1'],
    ['v6 documentation', '3fff::1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['NAT64, local', '64:ff9b:1::1'],
    ['Teredo', '2001::1'],
    ['discard', '100::1'],
    ['not an address', 'example.com'],
  ])('%s: %s', (_name, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '1.1.1.1', '100.128.0.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'but %s is',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('URLs', () => {
  it.each([
    ['decimal address', 'https://2130706433/'],
    ['hexadecimal address', 'https://0x7f000001/'],
    ['octal address', 'https://0177.0.0.1/'],
    ['mixed address', 'https://0x7f.0.0.01/'],
    ['short address', 'https://127.1/'],
    ['zero', 'https://0/'],
    ['full-width digits', 'https://１２７.0.0.1/'],
    ['address with a final dot', 'https://127.0.0.1./'],
    ['metadata service', 'https://169.254.169.254/latest/meta-data'],
    ['v6 loopback', 'https://[::1]/'],
    ['mapped v4', 'https://[::ffff:127.0.0.1]/'],
    ['mapped v4 in hex', 'https://[::ffff:7f00:1]:8443/'],
    ['localhost', 'https://localhost/'],
    ['absolute localhost', 'https://localhost./'],
    ['upper-case localhost', 'https://LOCALHOST/'],
    ['name below localhost', 'https://db.localhost/'],
    ['user name', 'https://user@example.com/'],
    ['password', 'https://:secret@example.com/'],
    ['plain http', 'http://example.com/'],
    ['file', 'file:///etc/passwd'],
    ['ftp', 'ftp://example.com/'],
    ['gopher', 'gopher://example.com/'],
    ['data', 'data:text/plain,x'],
  ])('%s is refused: %s', (_name, url) => {
    expect(() => production.checkUrl(url)).toThrow(BlockedDestinationError);
  });

  it.each([
    'https://example.com/hooks?x=1',
    'https://example.com:8443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
  ])('accepts %s', (url) => {
    expect(() => production.checkUrl(url)).not.toThrow();
  });

  it('has exceptions for hosts, and for a host at one port, in development', () => {
    expect(() => development.checkUrl('http://127.0.0.1:9999/')).not.toThrow();
    expect(() => development.checkUrl('http://localhost:4010/hooks/a')).not.toThrow();
    expect(() => development.checkUrl('http://localhost:4011/hooks/a')).toThrow(BlockedDestinationError);
    expect(() => development.checkUrl('http://127.0.0.2:9999/')).toThrow(BlockedDestinationError);
    expect(() => development.checkUrl('http://user@127.0.0.1:9999/')).toThrow(BlockedDestinationError);
  });
});

describe('names are checked by what they resolve to, at the moment of connecting', () => {
  const guarded = (lookup: Lookup) => createAddressGuard({ allowHttp: false, allowedHosts: [], lookup }).lookup;

  it.each([true, false])('hands public addresses to the connection (all: %s)', async (all) => {
    const found = await resolve(guarded(dns(['8.8.8.8', '2606:4700::1111'])), all);
    expect(found).toEqual(
      all
        ? [
            { address: '8.8.8.8', family: 4 },
            { address: '2606:4700::1111', family: 6 },
          ]
        : '8.8.8.8',
    );
  });

  it.each([[['10.0.0.1']], [['8.8.8.8', '127.0.0.1']], [['8.8.8.8', '::ffff:10.0.0.1']], [[]]])(
    'refuses %j',
    async (addresses) => {
      await expect(resolve(guarded(dns(addresses)), true)).rejects.toThrow(BlockedDestinationError);
    },
  );

  it('refuses a name that answers with another address the second time', async () => {
    const lookup = guarded(dns(['8.8.8.8'], ['169.254.169.254']));
    await expect(resolve(lookup, true)).resolves.toHaveLength(1);
    await expect(resolve(lookup, true)).rejects.toThrow(BlockedDestinationError);
  });

  it('does not say which address it was', async () => {
    const refusal = resolve(guarded(dns(['10.1.2.3'])), true);
    await expect(refusal).rejects.not.toThrow(/10\.1\.2\.3/);
  });
});
