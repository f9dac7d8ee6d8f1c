import type { RequestHandler } from 'express';

/**
 * The most that a page of a service may do, whatever the service says itself: show images of this server and its own styles.
 * No script of any kind runs, so that a service which was taken over cannot act as the people who look at its pages.
 */
const pagePolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join(';');

/** In front of a slice that has pages. */
export const showPages: RequestHandler = (_req, res, next) => {
  res.set({
    'content-security-policy': pagePolicy,
    // With `no-referrer` the forms of a page are sent with the origin "null", which the check for other sites refuses.
    'referrer-policy': 'same-origin',
  });
  next();
};
