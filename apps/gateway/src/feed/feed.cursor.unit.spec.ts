import type { TenantId } from '../ids.domain.ts';
import { feedCursor, readFeedCursor } from './feed.cursor.ts';

const tenantId = '0198c5a1-0000-7000-8000-000000000001' as TenantId;
const position = { at: new Date('2026-11-22T08:00:00.123Z'), eventId: '0198c5a1-0000-7000-8000-00000000000e' };

describe('the cursor of the feed', () => {
  it('is read back', () => {
    expect(readFeedCursor(tenantId, feedCursor(tenantId, position))).toEqual(position);
  });

  it('is one that the notification service reads: its form is part of what both answer', () => {
    expect(JSON.parse(Buffer.from(feedCursor(tenantId, position), 'base64url').toString())).toEqual({
      s: expect.stringMatching(/^[\w-]{16}$/),
      k: '2026-11-22T08:00:00.123Z#0198c5a1-0000-7000-8000-00000000000e',
    });
  });

  const other = feedCursor('0198c5a1-0000-7000-8000-000000000002' as TenantId, position);
  const ours = JSON.parse(Buffer.from(feedCursor(tenantId, position), 'base64url').toString()) as { s: string };
  const made = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
  it.each([
    ['text', 'hello'],
    ['another tenant', other],
    ['no position', made({ s: ours.s })],
    ['no instant', made({ s: ours.s, k: '2026-99-99T08:00:00.123Z#0198c5a1-0000-7000-8000-00000000000e' })],
    ['no id', made({ s: ours.s, k: '2026-11-22T08:00:00.123Z#1' })],
    ['more than it should', made({ ...ours, more: 1 })],
  ])('with %s is a 400', (_name, cursor) => {
    expect(() => readFeedCursor(tenantId, cursor)).toThrow(
      expect.objectContaining({ status: 400, code: 'INVALID_CURSOR' }),
    );
  });
});
