// The AWS Encryption SDK: a file under data keys of a KMS keyring. The endpoint, the Region and the credentials are in the environment.
const assert = require('node:assert');
const fs = require('node:fs');
const { KMSClient, CreateKeyCommand } = require('@aws-sdk/client-kms');
const { KmsKeyringNode, buildClient, CommitmentPolicy, getClient, KMS } = require('@aws-crypto/client-node');

async function main() {
  const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const endpoint = process.env.AWS_ENDPOINT_URL_KMS;
  const { KeyMetadata: key } = await new KMSClient({}).send(new CreateKeyCommand({}));
  const credentials = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY };
  const keyring = new KmsKeyringNode({ generatorKeyId: key.Arn, clientProvider: getClient(KMS, { endpoint, credentials }) });
  const file = fs.readFileSync(__filename);
  const { result } = await encrypt(keyring, file, { encryptionContext: { purpose: 'test' } });
  const { plaintext, messageHeader } = await decrypt(keyring, result);
  assert.deepStrictEqual(plaintext, file);
  assert.strictEqual(messageHeader.encryptionContext.purpose, 'test');
  console.log('done');
}

main().catch((error) => { console.error(error); process.exit(1); });
