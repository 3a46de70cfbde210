// The AWS SDK for JavaScript as a client. The endpoint, the Region and the credentials are in the environment.
const assert = require('node:assert');
const crypto = require('node:crypto');
const {
  KMSClient, CreateKeyCommand, EncryptCommand, DecryptCommand, DescribeKeyCommand, NotFoundException, ScheduleKeyDeletionCommand,
  GetPublicKeyCommand, SignCommand, VerifyCommand, KMSInvalidSignatureException, GenerateDataKeyPairCommand,
} = require('@aws-sdk/client-kms');

const message = Buffer.from('a message');

function readPublicKey(der) {
  return crypto.createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
}

async function ed25519(kms) {
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' }));
  assert.deepStrictEqual(key.SigningAlgorithms, ['ED25519_SHA_512', 'ED25519_PH_SHA_512']);
  const { PublicKey, KeySpec } = await kms.send(new GetPublicKeyCommand({ KeyId: key.KeyId }));
  assert.deepStrictEqual([PublicKey.length, KeySpec], [44, 'ECC_NIST_EDWARDS25519']);
  const signing = { KeyId: key.KeyId, Message: message, MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512' };
  const { Signature } = await kms.send(new SignCommand(signing));
  assert.ok(crypto.verify(null, message, readPublicKey(PublicKey), Signature));
  const { SignatureValid } = await kms.send(new VerifyCommand({ ...signing, Signature }));
  assert.strictEqual(SignatureValid, true);
  await assert.rejects(kms.send(new VerifyCommand({ ...signing, Message: Buffer.from('another'), Signature })), KMSInvalidSignatureException);

  const prehashed = { ...signing, Message: crypto.createHash('sha512').update(message).digest(), MessageType: 'DIGEST', SigningAlgorithm: 'ED25519_PH_SHA_512' };
  const { Signature: other } = await kms.send(new SignCommand(prehashed));
  assert.strictEqual((await kms.send(new VerifyCommand({ ...prehashed, Signature: other }))).SignatureValid, true);
  assert.ok(!crypto.verify(null, prehashed.Message, readPublicKey(PublicKey), other));
}

async function mlDsa(kms) {
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({ KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' }));
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: key.KeyId }));
  assert.strictEqual(PublicKey.length, 1974);
  const signing = { KeyId: key.KeyId, Message: message, SigningAlgorithm: 'ML_DSA_SHAKE_256' };
  const { Signature } = await kms.send(new SignCommand(signing));
  assert.strictEqual(Signature.length, 3309);
  assert.strictEqual((await kms.send(new VerifyCommand({ ...signing, Signature }))).SignatureValid, true);
  await assert.rejects(kms.send(new SignCommand({ ...signing, MessageType: 'DIGEST' })), /Message type DIGEST is incompatible with key spec ML_DSA_65\./);
}

async function dataKeyPair(kms, keyId) {
  const pair = await kms.send(new GenerateDataKeyPairCommand({ KeyId: keyId, KeyPairSpec: 'ECC_NIST_EDWARDS25519' }));
  const privateKey = crypto.createPrivateKey({ key: Buffer.from(pair.PrivateKeyPlaintext), format: 'der', type: 'pkcs8' });
  assert.strictEqual(privateKey.asymmetricKeyType, 'ed25519');
  assert.ok(crypto.verify(null, message, readPublicKey(pair.PublicKey), crypto.sign(null, message, privateKey)));
}

async function main() {
  const kms = new KMSClient({ maxAttempts: 1 });
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({ Description: 'js' }));
  assert.ok(key.CreationDate instanceof Date && key.CreationDate.getFullYear() >= 2025);
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key.Arn, Plaintext: Buffer.from('hello'), EncryptionContext: { purpose: 'test' } }));
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { purpose: 'test' } }));
  assert.strictEqual(Buffer.from(Plaintext).toString(), 'hello');
  await assert.rejects(kms.send(new DescribeKeyCommand({ KeyId: 'alias/none' })), NotFoundException);
  await ed25519(kms);
  await mlDsa(kms);
  await dataKeyPair(kms, key.KeyId);
  const { KeyState } = await kms.send(new ScheduleKeyDeletionCommand({ KeyId: key.KeyId, PendingWindowInDays: 7 }));
  assert.strictEqual(KeyState, 'PendingDeletion');
  console.log('done');
}

main().catch((error) => { console.error(error); process.exit(1); });
