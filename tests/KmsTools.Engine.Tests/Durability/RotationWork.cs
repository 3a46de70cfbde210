using System.Collections.Concurrent;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Operations;

namespace KmsTools.Durability;

/// <summary>What others do with a store while its root key is rotated.</summary>
internal static class RotationWork
{
    /// <summary>Makes calls of many kinds until something else has ended.</summary>
    public static void CallUntil(KmsEngine engine, ConcurrentQueue<string> failures, Task ended)
    {
        try
        {
            List<(string KeyId, byte[] Blob)> keys = [];
            NewAccessKey accessKey = engine.AccessKeys.Create();
            while (!ended.IsCompleted)
            {
                string created = engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
                keys.Add((created, engine.Execute(new EncryptRequest { KeyId = created, Plaintext = [7] }).CiphertextBlob.ToArray()));
                (string keyId, byte[] blob) = keys[Random.Shared.Next(keys.Count)];
                Assert.Equal([7], engine.Execute(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray());
                engine.Execute(new RotateKeyOnDemandRequest { KeyId = created });
                string hmac = engine.Execute(new CreateKeyRequest { KeySpec = "HMAC_256", KeyUsage = "GENERATE_VERIFY_MAC" }).KeyMetadata.KeyId;
                engine.Execute(new GenerateMacRequest { KeyId = hmac, Message = [1], MacAlgorithm = "HMAC_SHA_256" });
                engine.Execute(new UpdateKeyDescriptionRequest { KeyId = keyId, Description = hmac });
                using Secret secret = Secret.CopyOf(Encoding.UTF8.GetBytes(accessKey.SecretAccessKey));
                engine.Authenticator.Authenticate(accessKey.AccessKeyId, secret, null);
            }
        }
        catch (Exception exception)
        {
            failures.Enqueue(exception.ToString());
        }
    }
}
