import { decodeRow } from '../rows/row-key.ts';

/** A row as people read it: whose it is, and its dimensions. */
export function rowOfSum({ pk, sk }: { readonly pk: string; readonly sk: string }): string {
  const owner = pk.startsWith('TENANT#') ? pk.slice('TENANT#'.length, pk.lastIndexOf('#')) : 'everyone';
  return `${owner} ${decodeRow(sk).join(' ')}`;
}
