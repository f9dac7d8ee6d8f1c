import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What the page loads from Swagger UI's package; `bundledFiles` of package.json has them copied beside a release's bundle. */
export const readerFiles = ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png'] as const;

/** The folder that has the reader's files: beside the bundle in a release, in node_modules everywhere else. */
export function readerFolder(): string {
  const beside = join(import.meta.dirname, 'swagger-ui-dist');
  if (existsSync(beside)) return beside;
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}

/** The page. Its script is a file of its own, because the content security policy runs no script that is inside a page. */
export const readerPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Atlas API</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="reader"></div>
    <noscript>This page needs JavaScript. The description itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/reader.js"></script>
  </body>
</html>
`;

export const readerScript = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reader',
  deepLinking: true,
  // Swagger UI would send the description to a validator on the internet.
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
`;
