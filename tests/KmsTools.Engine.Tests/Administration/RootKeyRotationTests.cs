using System.Diagnostics;
using KmsTools.Durability;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>A rotation of the root key among others: processes that work, the verification of the store, and damage.</summary>
public sealed class RootKeyRotationTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    private KmsEngine Engine => _kms.Engine;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _kms.Dispose();

    [Fact]
    public async Task Rotate_ThreeTimesWhileProcessesWork_NothingFailsAndTheStoreIsWhole()
    {
        byte[] material = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
        string key = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(key, 1, 2, 3);
        string imported = _kms.ImportedKey(material).KeyId;
        ImportKeyMaterialRequest withOldToken = _kms.Importing(imported, material);
        string grant = _kms.Call(new CreateGrantRequest
        {
            KeyId = key,
            GranteePrincipal = "arn:aws:iam::111122223333:user/alice",
            Operations = ["Decrypt"],
        }).GrantToken!;

        Process[] workers = [.. Enumerable.Range(0, 3).Select(_ => RotatingProcess.Start(_kms.Folder, works: true))];
        try
        {
            foreach (Process worker in workers)
            {
                Assert.Equal(RotatingProcess.Ready, await worker.StandardOutput.ReadLineAsync(Cancellation));
            }

            using (KmsEngine other = _kms.Open())
            {
                Task<StoreFinding[]> verified = Task.Run(() => Enumerable.Range(0, 3).SelectMany(_ => Findings(other)).ToArray());
                for (int i = 0; i < 3; i++)
                {
                    Engine.RootKey.Rotate();
                }

                Assert.Empty(await verified);
            }

            foreach (Process worker in workers)
            {
                worker.StandardInput.Close();
                Assert.Equal(RotatingProcess.Done, (await worker.StandardOutput.ReadToEndAsync(Cancellation)).Trim());
            }
        }
        finally
        {
            foreach (Process worker in workers)
            {
                worker.Kill();
                worker.Dispose();
            }
        }

        _kms.Reopen();
        Assert.Equal(4, Engine.RootKey.Read().Generation);
        Assert.Equal([4], Engine.Store.RootKey.Held);
        Assert.Empty(Findings(Engine));
        Assert.Equal([1, 2, 3], _kms.Decrypt(blob));
        Assert.Equal(
            [1, 2, 3],
            _kms.Call(new DecryptRequest { CiphertextBlob = blob, GrantTokens = [grant] }).Plaintext!.ToArray());
        Assert.Equal(_kms.Describe(imported).CurrentKeyMaterialId, _kms.Call(withOldToken).KeyMaterialId);
        Assert.Equal(_kms.Describe(imported).CurrentKeyMaterialId, _kms.Import(imported, material));
    }

    // What was read before the rotation names a generation that is destroyed by the time it is opened.
    [Fact]
    public void Verify_RootKeyIsRotatedInTheMeantime_FindsOnlyWhatIsDamaged()
    {
        AccessKey[] accessKeys =
        [
            .. new[] { Engine.AccessKeys.Create(), Engine.AccessKeys.Create(), Engine.AccessKeys.Create() }
                .Select(static made => made.AccessKeyId).Order(StringComparer.Ordinal)
                .Select(id => Read(reader => reader.FindAccessKey(id))!),
        ];
        Write(transaction => transaction.UpdateAccessKey(accessKeys[0] with { WrappedSecret = [.. new byte[60]] }));
        List<StoreFinding> findings = [];
        StoreVerification result = Engine.Verifier.Run(
            finding =>
            {
                findings.Add(finding);
                Write(transaction => transaction.UpdateAccessKey(accessKeys[0]));
                Engine.AccessKeys.Remove(accessKeys[1].AccessKeyId);
                Engine.RootKey.Rotate();
                Engine.RootKey.Rotate();
            },
            []);

        StoreFinding found = Assert.Single(findings);
        Assert.Equal(
            (StoreFindingKind.SECRET_UNREADABLE, "access_keys", $"access_key_id={accessKeys[0].AccessKeyId}"),
            (found.Kind, found.Table, found.Record));
        Assert.Equal((1, 1L), (result.Damages, result.Secrets));
        Assert.Empty(Findings(Engine));
    }

    [Fact]
    public void Rotate_AMaterialIsDamaged_NamesItAndNothingElseSuffers()
    {
        string good = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(good, 1);
        string bad = _kms.CreateKey().KeyId;
        Key key = Read(reader => reader.FindKey(KmsFixture.Region, bad))!;
        Write(transaction => transaction.UpdateKey(key with { Materials = [key.Materials[0] with { Wrapped = [.. new byte[80]] }] }));

        for (int i = 0; i < 2; i++)
        {
            StateStoreException error = Assert.Throws<StateStoreException>(() => Engine.RootKey.Rotate());
            Assert.Equal(
                $"Key material {key.Materials[0].KeyMaterialId} of key {bad} cannot be unwrapped: the store was changed outside of KmsTools, "
                    + "or is damaged. Verify the store, and restore its folder from a backup.",
                error.Message);
            Assert.Equal("key_materials", error.Damage!.Table);
            Assert.True(Engine.RootKey.Read().IsRotating);
            Assert.Equal([1, 2], Engine.Store.RootKey.Held);
            Assert.Equal([1], _kms.Decrypt(blob));
            _kms.Reopen();
            Assert.Equal([1], _kms.Decrypt(blob));
        }

        // Once it is whole again, the rotation ends.
        Write(transaction => transaction.UpdateKey(key));
        Assert.Equal(3, Engine.RootKey.Rotate().Generation);
        Assert.Equal([3], Engine.Store.RootKey.Held);
        Assert.Equal([1], _kms.Decrypt(blob));
    }

    private static StoreFinding[] Findings(KmsEngine engine)
    {
        List<StoreFinding> findings = [];
        engine.Verifier.Run(findings.Add, []);
        return [.. findings];
    }

    private T Read<T>(Func<IStateReader, T> read)
    {
        using IStateReader reader = Engine.Store.OpenReader();
        return read(reader);
    }

    private void Write(Action<IStateTransaction> change)
    {
        using IStateTransaction transaction = Engine.Store.BeginTransaction();
        change(transaction);
        transaction.Commit();
    }
}
