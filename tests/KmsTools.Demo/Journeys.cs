using System.Security.Cryptography;
using System.Text;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using KmsTools.KeyStores;
using Sdk = Amazon.KeyManagementService;

namespace KmsTools.Demo;

/// <summary>The six journeys, as calls of the AWS SDK for .NET.</summary>
internal sealed class Journeys(Lab lab)
{
    private AmazonKeyManagementServiceClient Kms => lab.Kms;

    public async Task PlayAsync()
    {
        await DeletionAsync().ConfigureAwait(false);
        await ImportAsync().ConfigureAwait(false);
        await UseAsync().ConfigureAwait(false);
        await KeyStoreAsync().ConfigureAwait(false);
        await RotationAsync().ConfigureAwait(false);
        await ExternalKeyStoreAsync().ConfigureAwait(false);
    }

    private static void Title(string text) => Console.WriteLine($"\n== {text} ==");

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.ToArray());

    /// <summary>Shows a call and what came of it, even if that is an error.</summary>
    private static async Task<T?> ShowAsync<T>(string call, Task<T> answer, Func<T, string>? what = null)
        where T : class
    {
        try
        {
            T response = await answer.ConfigureAwait(false);
            Console.WriteLine($"   {call}: {(what is null ? "done" : what(response))}");
            return response;
        }
        catch (AmazonKeyManagementServiceException exception)
        {
            Console.WriteLine($"   {call}: {exception.ErrorCode} {exception.Message}");
            return null;
        }
    }

    private async Task DeletionAsync()
    {
        Title("1. Deletion in a CloudHSM key store");
        string store = await NewStoreAsync("payroll", Lab.Password).ConfigureAwait(false);
        await ConnectAsync(store).ConfigureAwait(false);
        string key = await NewHsmKeyAsync(store).ConfigureAwait(false);
        EncryptResponse? encrypted = await EncryptAsync(key, "salaries").ConfigureAwait(false);
        await ScheduleAsync(key).ConfigureAwait(false);
        await DecryptAsync(encrypted!.CiphertextBlob).ConfigureAwait(false);
        await ShowAsync("CancelKeyDeletion", Kms.CancelKeyDeletionAsync(key)).ConfigureAwait(false);
        await ScheduleAsync(key).ConfigureAwait(false);
        lab.Wait(7);
        await StateAsync(key).ConfigureAwait(false);
        await DecryptAsync(encrypted.CiphertextBlob).ConfigureAwait(false);
    }

    private async Task ImportAsync()
    {
        Title("2. Imported key material");
        CreateKeyResponse? created = await ShowAsync(
            "CreateKey EXTERNAL", Kms.CreateKeyAsync(new CreateKeyRequest { Origin = Sdk.OriginType.EXTERNAL }), static r => r.KeyMetadata
                .KeyState
                .Value).ConfigureAwait(false);
        string key = created!.KeyMetadata.KeyId;
        byte[] material = RandomNumberGenerator.GetBytes(32);
        await ImportMaterialAsync(key, material).ConfigureAwait(false);
        EncryptResponse? encrypted = await EncryptAsync(key, "volume").ConfigureAwait(false);
        await ShowAsync(
            "DeleteImportedKeyMaterial",
            Kms.DeleteImportedKeyMaterialAsync(new DeleteImportedKeyMaterialRequest { KeyId = key })).ConfigureAwait(false);
        await DecryptAsync(encrypted!.CiphertextBlob).ConfigureAwait(false);
        await ImportMaterialAsync(key, RandomNumberGenerator.GetBytes(32)).ConfigureAwait(false);
        await ImportMaterialAsync(key, material).ConfigureAwait(false);
        await DecryptAsync(encrypted.CiphertextBlob).ConfigureAwait(false);
        lab.Wait(30);
        await StateAsync(key).ConfigureAwait(false);
        await DecryptAsync(encrypted.CiphertextBlob).ConfigureAwait(false);
    }

    private async Task UseAsync()
    {
        Title("3. Using keys in a key store");
        string store = await NewStoreAsync("app", Lab.Password).ConfigureAwait(false);
        await ConnectAsync(store).ConfigureAwait(false);
        string key = await NewHsmKeyAsync(store).ConfigureAwait(false);
        await ShowAsync("CreateAlias alias/app", Kms.CreateAliasAsync("alias/app", key)).ConfigureAwait(false);
        EncryptResponse? encrypted = await EncryptAsync("alias/app", "orders").ConfigureAwait(false);
        await DecryptAsync(encrypted!.CiphertextBlob).ConfigureAwait(false);
        await ShowAsync(
            "GenerateDataKey AES_256",
            Kms.GenerateDataKeyAsync(new GenerateDataKeyRequest { KeyId = "alias/app", KeySpec = Sdk.DataKeySpec.AES_256 }),
            static r => $"{r.Plaintext.Length} bytes").ConfigureAwait(false);
        await ShowAsync("EnableKeyRotation", Kms.EnableKeyRotationAsync(key)).ConfigureAwait(false);
        await ShowAsync(
            "DisconnectCustomKeyStore",
            Kms.DisconnectCustomKeyStoreAsync(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = store })).ConfigureAwait(false);
        await StateAsync(key).ConfigureAwait(false);
        await DecryptAsync(encrypted.CiphertextBlob).ConfigureAwait(false);
    }

    private async Task KeyStoreAsync()
    {
        Title("4. Custom key store life cycle");
        string store = await NewStoreAsync("lifecycle", "wrongPswd1").ConfigureAwait(false);
        await ConnectAsync(store).ConfigureAwait(false);
        await ShowAsync(
            "DisconnectCustomKeyStore",
            Kms.DisconnectCustomKeyStoreAsync(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = store })).ConfigureAwait(false);
        await ShowAsync(
            "UpdateCustomKeyStore",
            Kms.UpdateCustomKeyStoreAsync(
                new UpdateCustomKeyStoreRequest { CustomKeyStoreId = store, KeyStorePassword = Lab.Password })).ConfigureAwait(false);
        await ConnectAsync(store).ConfigureAwait(false);
        await DeleteStoreAsync(store).ConfigureAwait(false);
        string key = await NewHsmKeyAsync(store).ConfigureAwait(false);
        await ScheduleAsync(key).ConfigureAwait(false);
        await ShowAsync(
            "DisconnectCustomKeyStore",
            Kms.DisconnectCustomKeyStoreAsync(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = store })).ConfigureAwait(false);
        await DeleteStoreAsync(store).ConfigureAwait(false);
        lab.Wait(7);
        await DeleteStoreAsync(store).ConfigureAwait(false);
        await DescribeStoreAsync(store).ConfigureAwait(false);
    }

    private async Task RotationAsync()
    {
        Title("5. Rotation");
        CreateKeyResponse? created = await ShowAsync("CreateKey", Kms.CreateKeyAsync(new CreateKeyRequest()), static r => r.KeyMetadata.Arn)
            .ConfigureAwait(false);
        string key = created!.KeyMetadata.KeyId;
        EncryptResponse? encrypted = await EncryptAsync(key, "old").ConfigureAwait(false);
        await ShowAsync("EnableKeyRotation", Kms.EnableKeyRotationAsync(key)).ConfigureAwait(false);
        lab.Wait(365);
        await ShowAsync(
            "ListKeyRotations", Kms.ListKeyRotationsAsync(
                new ListKeyRotationsRequest { KeyId = key }), static r => $"{r.Rotations.Count} rotation").ConfigureAwait(false);
        await DecryptAsync(encrypted!.CiphertextBlob).ConfigureAwait(false);
        await ShowAsync("RotateKeyOnDemand", Kms.RotateKeyOnDemandAsync(new RotateKeyOnDemandRequest { KeyId = key })).ConfigureAwait(
            false);
        await DecryptAsync(encrypted.CiphertextBlob).ConfigureAwait(false);
    }

    private async Task ExternalKeyStoreAsync()
    {
        Title("6. External key store, with a proxy of our own");
        Proxy proxy = lab.NewProxy("external-hsm");
        await using (proxy.ConfigureAwait(false))
        {
            await proxy.StartAsync(lab.Engine).ConfigureAwait(false);
            CreateCustomKeyStoreResponse? created = await ShowAsync(
                "CreateCustomKeyStore EXTERNAL_KEY_STORE",
                Kms.CreateCustomKeyStoreAsync(new CreateCustomKeyStoreRequest
                {
                    CustomKeyStoreName = "outside",
                    CustomKeyStoreType = Sdk.CustomKeyStoreType.EXTERNAL_KEY_STORE,
                    XksProxyConnectivity = Sdk.XksProxyConnectivityType.PUBLIC_ENDPOINT,
                    XksProxyUriEndpoint = "https://" + Proxy.HostName,
                    XksProxyUriPath = Proxy.UriPath,
                    XksProxyAuthenticationCredential = new()
                    {
                        AccessKeyId = proxy.AccessKeyId,
                        RawSecretAccessKey = proxy.SecretAccessKey,
                    },
                }),
                static r => r.CustomKeyStoreId).ConfigureAwait(false);
            string store = created!.CustomKeyStoreId;
            await ConnectAsync(store).ConfigureAwait(false);
            CreateKeyResponse? key = await ShowAsync(
                "CreateKey EXTERNAL_KEY_STORE",
                Kms.CreateKeyAsync(new CreateKeyRequest
                {
                    Origin = Sdk.OriginType.EXTERNAL_KEY_STORE,
                    CustomKeyStoreId = store,
                    XksKeyId = Proxy.KeyId,
                }),
                static r => r.KeyMetadata.Arn).ConfigureAwait(false);
            string keyId = key!.KeyMetadata.KeyId;
            EncryptResponse? encrypted = await EncryptAsync(keyId, "orders").ConfigureAwait(false);
            await proxy.StopAsync().ConfigureAwait(false);
            Console.WriteLine("   ... the proxy is stopped ...");
            await DecryptAsync(encrypted!.CiphertextBlob).ConfigureAwait(false);
            await StateAsync(keyId).ConfigureAwait(false);
            await proxy.StartAsync(lab.Engine).ConfigureAwait(false);
            Console.WriteLine("   ... the proxy is started ...");
            await DecryptAsync(encrypted.CiphertextBlob).ConfigureAwait(false);
            await ScheduleAsync(keyId).ConfigureAwait(false);
            lab.Wait(7);
            await ShowAsync(
                "DisconnectCustomKeyStore",
                Kms.DisconnectCustomKeyStoreAsync(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = store })).ConfigureAwait(false);
            await DeleteStoreAsync(store).ConfigureAwait(false);
        }
    }

    private async Task<string> NewStoreAsync(string name, string password)
    {
        HsmClusterDescription cluster = lab.NewCluster(name + "-hsm");
        CreateCustomKeyStoreResponse? created = await ShowAsync(
            $"CreateCustomKeyStore {name}",
            Kms.CreateCustomKeyStoreAsync(new CreateCustomKeyStoreRequest
            {
                CustomKeyStoreName = name,
                CloudHsmClusterId = cluster.ClusterId,
                TrustAnchorCertificate = cluster.TrustAnchorCertificate,
                KeyStorePassword = password,
            }),
            static r => r.CustomKeyStoreId).ConfigureAwait(false);
        return created!.CustomKeyStoreId;
    }

    private async Task ConnectAsync(string store)
    {
        await ShowAsync(
            "ConnectCustomKeyStore",
            Kms.ConnectCustomKeyStoreAsync(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = store })).ConfigureAwait(false);
        await DescribeStoreAsync(store).ConfigureAwait(false);
    }

    private Task<DescribeCustomKeyStoresResponse?> DescribeStoreAsync(string store) => ShowAsync(
        "DescribeCustomKeyStores",
        Kms.DescribeCustomKeyStoresAsync(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = store }),
        static r => $"{r.CustomKeyStores[0].ConnectionState} {r.CustomKeyStores[0].ConnectionErrorCode}");

    private Task<DeleteCustomKeyStoreResponse?> DeleteStoreAsync(string store) =>
        ShowAsync("DeleteCustomKeyStore", Kms.DeleteCustomKeyStoreAsync(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = store }));

    private async Task<string> NewHsmKeyAsync(string store)
    {
        CreateKeyResponse? created = await ShowAsync(
            "CreateKey AWS_CLOUDHSM",
            Kms.CreateKeyAsync(new CreateKeyRequest { Origin = Sdk.OriginType.AWS_CLOUDHSM, CustomKeyStoreId = store }),
            static r => r.KeyMetadata.Arn).ConfigureAwait(false);
        return created!.KeyMetadata.KeyId;
    }

    private Task<DescribeKeyResponse?> StateAsync(string key) =>
        ShowAsync("DescribeKey", Kms.DescribeKeyAsync(key), static r => r.KeyMetadata.KeyState.Value);

    private Task<ScheduleKeyDeletionResponse?> ScheduleAsync(string key) =>
        ShowAsync("ScheduleKeyDeletion", Kms.ScheduleKeyDeletionAsync(key, 7), static r => $"{r.KeyState} until {r.DeletionDate:u}");

    private Task<EncryptResponse?> EncryptAsync(string key, string text) => ShowAsync(
        "Encrypt", Kms.EncryptAsync(
            new EncryptRequest { KeyId = key, Plaintext = Bytes(text) }), static r => $"{r.CiphertextBlob.Length} bytes");

    private Task<DecryptResponse?> DecryptAsync(MemoryStream ciphertext) => ShowAsync(
        "Decrypt", Kms.DecryptAsync(new DecryptRequest { CiphertextBlob = ciphertext }), static r => $"'{Text(r.Plaintext)}'");

    private async Task ImportMaterialAsync(string key, byte[] material)
    {
        GetParametersForImportResponse parameters = await Kms.GetParametersForImportAsync(new GetParametersForImportRequest
        {
            KeyId = key,
            WrappingAlgorithm = Sdk.AlgorithmSpec.RSAES_OAEP_SHA_256,
            WrappingKeySpec = Sdk.WrappingKeySpec.RSA_3072,
        }).ConfigureAwait(false);
        using RSA rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(parameters.PublicKey.ToArray(), out _);
        await ShowAsync("ImportKeyMaterial", Kms.ImportKeyMaterialAsync(new ImportKeyMaterialRequest
        {
            KeyId = key,
            ImportToken = parameters.ImportToken,
            EncryptedKeyMaterial = new MemoryStream(rsa.Encrypt(material, RSAEncryptionPadding.OaepSHA256)),
            ExpirationModel = Sdk.ExpirationModelType.KEY_MATERIAL_EXPIRES,
            ValidTo = lab.Engine.UtcNow.UtcDateTime.AddDays(30),
        })).ConfigureAwait(false);
    }
}
