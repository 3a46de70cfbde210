// The AWS Encryption SDK on files: reads every <name>.encrypted beside its <name>.plain in the folder "ours", and writes such pairs into
// the folder "theirs". Arguments: the folder of both, and the ARNs of two keys. The endpoint, the Region and the credentials are in the environment.
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { AlgorithmSuiteIdentifier: suites, CommitmentPolicy, KMS, KmsKeyringNode, buildClient, getClient } = require('@aws-crypto/client-node');

const [folder, first, second] = process.argv.slice(2);
const { encrypt, encryptStream, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const credentials = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY };
const clientProvider = getClient(KMS, { endpoint: process.env.AWS_ENDPOINT_URL_KMS, credentials });
const encryptionContext = { project: 'apollo', 'Größe': '日本語 \u{10000}' };

async function readOurs() {
  const ours = path.join(folder, 'ours');
  const names = fs.readdirSync(ours).filter((name) => name.endsWith('.encrypted'));
  for (const name of names) {
    const message = fs.readFileSync(path.join(ours, name));
    const expected = fs.readFileSync(path.join(ours, name.replace('.encrypted', '.plain')));
    const keyring = name.includes('discovery')
      ? new KmsKeyringNode({ discovery: true, clientProvider })
      : new KmsKeyringNode({ keyIds: [name.includes('second') ? second : first], clientProvider });
    const { plaintext, messageHeader } = await decrypt(keyring, message);
    assert.deepStrictEqual(plaintext, expected, name);
    assert.strictEqual(messageHeader.suiteId, name.includes('unsigned') ? 0x0478 : 0x0578, name);
    for (const [key, value] of Object.entries(encryptionContext)) {
      assert.strictEqual(messageHeader.encryptionContext[key], value, name);
    }

    message[message.length - 20] ^= 1;
    await assert.rejects(decrypt(keyring, message), name);
  }

  return names.length;
}

function streamed(keyring, plaintext, options) {
  return new Promise((resolve, reject) => {
    const stream = encryptStream(keyring, options);
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks))).on('error', reject);
    stream.end(plaintext);
  });
}

async function writeTheirs() {
  const theirs = path.join(folder, 'theirs');
  fs.mkdirSync(theirs);
  const keyrings = {
    one: new KmsKeyringNode({ generatorKeyId: first, clientProvider }),
    several: new KmsKeyringNode({ generatorKeyId: first, keyIds: [second], clientProvider }),
  };
  const kinds = {
    default: {},
    signed: { suiteId: suites.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384 },
    unsigned: { suiteId: suites.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY },
    short: { frameLength: 7 },
    long: { frameLength: 100000 },
  };
  for (const [keys, keyring] of Object.entries(keyrings)) {
    for (const [kind, options] of Object.entries(kinds)) {
      for (const length of kind === 'short' ? [0, 7, 50] : [0, 1, 4096, 100000]) {
        const plaintext = crypto.randomBytes(length);
        const message = kind === 'long'
          ? await streamed(keyring, plaintext, { encryptionContext, ...options })
          : (await encrypt(keyring, plaintext, { encryptionContext, ...options })).result;
        const name = path.join(theirs, `${keys}-${kind}-${length}`);
        fs.writeFileSync(`${name}.plain`, plaintext);
        fs.writeFileSync(`${name}.encrypted`, message);
      }
    }
  }
}

async function main() {
  console.log(await readOurs());
  await writeTheirs();
  console.log('done');
}

main().catch((error) => { console.error(error); process.exit(1); });
