const { types } = require('node:util');

/**
 * Jest runs a test file in a realm of its own, in which errors made by Node (a refused connection, an aborted signal)
 * are not `instanceof Error`. Libraries that ask, such as the AWS SDK, then throw away what the error says, and an
 * outage would look different in tests than it is. Only `Error` itself is widened; its subclasses ask as ever.
 */
Object.defineProperty(Error, Symbol.hasInstance, {
  value(candidate) {
    if (Function.prototype[Symbol.hasInstance].call(this, candidate)) return true;
    return this === Error && types.isNativeError(candidate);
  },
});
