// The AWS SDK for JavaScript as a client. The endpoint, the Region and the credentials are in the environment.
const assert = require('node:assert');
const { KMSClient, CreateKeyCommand, EncryptCommand, DecryptCommand, DescribeKeyCommand, NotFoundException, ScheduleKeyDeletionCommand } = require('@aws-sdk/client-kms');

async function main() {
  const kms = new KMSClient({ maxAttempts: 1 });
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({ Description: 'js' }));
  assert.ok(key.CreationDate instanceof Date && key.CreationDate.getFullYear() >= 2025);
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key.Arn, Plaintext: Buffer.from('hello'), EncryptionContext: { purpose: 'test' } }));
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { purpose: 'test' } }));
  assert.strictEqual(Buffer.from(Plaintext).toString(), 'hello');
  await assert.rejects(kms.send(new DescribeKeyCommand({ KeyId: 'alias/none' })), NotFoundException);
  const { KeyState } = await kms.send(new ScheduleKeyDeletionCommand({ KeyId: key.KeyId, PendingWindowInDays: 7 }));
  assert.strictEqual(KeyState, 'PendingDeletion');
  console.log('done');
}

main().catch((error) => { console.error(error); process.exit(1); });
