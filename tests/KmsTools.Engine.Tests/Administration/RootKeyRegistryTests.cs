using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Durability;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>The rotation of the root key: everything is wrapped again, and whatever depends on it remains.</summary>
public sealed class RootKeyRegistryTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    private KmsEngine Engine => _kms.Engine;

    private string RootKeyFile => Path.Combine(_kms.Folder, "root.key");

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Rotate_ThreeTimes_WhatWasMadeBeforeRemainsValid()
    {
        byte[] material = RandomNumberGenerator.GetBytes(32);
        string key = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(key, 1, 2, 3);
        string imported = _kms.ImportedKey(material).KeyId;
        string materialId = _kms.Describe(imported).CurrentKeyMaterialId!;
        ImportKeyMaterialRequest again = _kms.Importing(imported, material);
        byte[] importedBlob = _kms.Encrypt(imported, 4, 5, 6);
        string signing = _kms.Call(new CreateKeyRequest { KeySpec = "ECC_NIST_P256", KeyUsage = "SIGN_VERIFY" }).KeyMetadata.KeyId;
        SignResponse signature = Sign(signing);
        string grant = _kms.Call(new CreateGrantRequest
        {
            KeyId = key,
            GranteePrincipal = "arn:aws:iam::111122223333:user/alice",
            Operations = ["Encrypt"],
        }).GrantToken!;
        NewAccessKey accessKey = Engine.AccessKeys.Create("arn:aws:iam::111122223333:user/bob");

        for (int generation = 2; generation <= 4; generation++)
        {
            RootKeyState state = Engine.RootKey.Rotate();
            Assert.Equal((generation, (int?)null), (state.Generation, state.FormerGeneration));
            Assert.Equal([generation], Engine.Store.RootKey.Held);
            Assert.Equal(8 + 36 + 32, new FileInfo(RootKeyFile).Length);
        }

        // Once with what this process has in memory, once as another process finds it.
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal([1, 2, 3], _kms.Decrypt(blob));
            Assert.Equal([4, 5, 6], _kms.Decrypt(importedBlob));
            Assert.Equal(materialId, _kms.Call(again).KeyMaterialId);
            _kms.Call(new EncryptRequest { KeyId = key, Plaintext = [1], GrantTokens = [grant] });
            Assert.True(_kms.Call(new VerifyRequest
            {
                KeyId = signing,
                Message = s_message,
                SigningAlgorithm = "ECDSA_SHA_256",
                Signature = signature.Signature.ToArray(),
            }).SignatureValid);
            Sign(signing);
            using Secret secret = Secret.CopyOf(Encoding.UTF8.GetBytes(accessKey.SecretAccessKey));
            Assert.Equal(
                "arn:aws:iam::111122223333:user/bob",
                Engine.Authenticator.Authenticate(accessKey.AccessKeyId, secret, null).PrincipalArn);
            _kms.Reopen();
        }
    }

    [Fact]
    public void Rotate_MoreKeysThanATransactionTakes_AllAreWrappedAgain()
    {
        const int keys = (2 * 250) + 1;
        byte[][] blobs = [.. Enumerable.Range(0, keys).Select(i => _kms.Encrypt(_kms.CreateKey().KeyId, unchecked((byte)i)))];
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = _kms.CreateKey().KeyId });
        Engine.RootKey.Rotate();
        _kms.Reopen();
        Assert.Equal([2], Engine.Store.RootKey.Held);
        for (int i = 0; i < keys; i++)
        {
            Assert.Equal([unchecked((byte)i)], _kms.Decrypt(blobs[i]));
        }
    }

    [Fact]
    public void Rotate_IsRecordedAsOneEvent()
    {
        Engine.RootKey.Rotate();
        Engine.RootKey.Rotate();
        IReadOnlyList<AuditEvent> events = _kms.Events("RotateRootKey");
        Assert.Equal(2, events.Count);
        Assert.Equal("3", events[1].ResponseElements!["to"]);
        Assert.Equal("2", events[1].AdditionalEventData!["from"]);
    }

    [Fact]
    public void SetRotationPeriod_GenerationIsOldEnough_IsRotatedByTheNextCall()
    {
        string key = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(key, 1);
        Engine.RootKey.Rotate();
        RootKeyState set = Engine.RootKey.SetRotationPeriod(90);
        Assert.Equal(KmsFixture.Start, set.CreationDate);
        Assert.Equal(KmsFixture.Start.AddDays(90), set.NextRotationDate);

        _kms.Step(TimeSpan.FromDays(90) - TimeSpan.FromMilliseconds(1));
        Assert.Equal([1], _kms.Decrypt(blob));
        Assert.Equal(2, Engine.RootKey.Read().Generation);

        _kms.Step(TimeSpan.FromMilliseconds(1));
        Assert.Equal([1], _kms.Decrypt(blob));
        RootKeyState rotated = Engine.RootKey.Read();
        Assert.Equal((3, (int?)null), (rotated.Generation, rotated.FormerGeneration));
        Assert.Equal(KmsFixture.Start.AddDays(90), rotated.CreationDate);
        Assert.Equal([3], Engine.Store.RootKey.Held);
        AuditEvent recorded = _kms.Events("RotateRootKey")[^1];
        Assert.Equal("AwsServiceEvent", recorded.EventType);

        // However long it takes until the next call.
        _kms.StepDays(1000);
        Assert.Equal(4, Engine.RootKey.Read().Generation);

        Assert.Null(Engine.RootKey.SetRotationPeriod(0).NextRotationDate);
        _kms.StepDays(1000);
        Assert.Equal(4, Engine.RootKey.Read().Generation);
    }

    [Fact]
    public void SetRotationPeriod_OutOfRange_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Engine.RootKey.SetRotationPeriod(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Engine.RootKey.SetRotationPeriod(3651));
        Assert.Null(Engine.RootKey.Read().RotationPeriodInDays);
        Assert.Equal(3650, Engine.RootKey.SetRotationPeriod(3650).RotationPeriodInDays);
        Assert.Equal(1, Engine.RootKey.SetRotationPeriod(1).RotationPeriodInDays);
    }

    [Fact]
    public void NextRotationDate_BeyondTheLastYear_IsNever()
    {
        RootKeyState state = new()
        {
            Generation = 1,
            CreationDate = DateTimeOffset.MaxValue.AddDays(-10),
            RotationPeriodInDays = 10,
        };
        Assert.Equal(DateTimeOffset.MaxValue, state.NextRotationDate);
        Assert.Null((state with { RotationPeriodInDays = 11 }).NextRotationDate);
    }

    // Where a process can die between two steps.
    [Fact]
    public void Rotate_ProcessDiesAfterTheGenerationIsSealed_ItIsNeverUsed()
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId, 1);
        using (IStateTransaction transaction = Engine.Store.BeginTransaction())
        {
            Assert.Equal(2, transaction.BeginRootKeyRotation(KmsFixture.Start).Generation);
            Assert.Equal(2, Engine.Store.RootKey.Generation);
        }

        Assert.Equal(1, Engine.Store.RootKey.Generation);
        _kms.Reopen();
        Assert.Equal([1], _kms.Decrypt(blob));
        Assert.Equal(1, Engine.RootKey.Read().Generation);
        Assert.Equal(3, Engine.RootKey.Rotate().Generation);
        Assert.Equal([3], Engine.Store.RootKey.Held);
        _kms.Reopen();
        Assert.Equal([1], _kms.Decrypt(blob));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void Rotate_ProcessDiesOnTheWay_TheNextCallGoesOn(int rewrapped)
    {
        byte[][] blobs = [.. Enumerable.Range(0, 7).Select(i => _kms.Encrypt(_kms.CreateKey().KeyId, (byte)i))];
        using (IStateTransaction transaction = Engine.Store.BeginTransaction())
        {
            transaction.BeginRootKeyRotation(KmsFixture.Start);
            foreach (StoredMaterial material in transaction.ListFormerMaterials(null, rewrapped))
            {
                transaction.RewrapMaterial(material with
                {
                    Material = Engine.Services.Software.WrapAgain(material.Region, material.KeyId, material.Material),
                });
            }

            transaction.Commit();
        }

        Assert.True(Engine.RootKey.Read().IsRotating);
        _kms.Reopen();
        Assert.Equal([1, 2], Engine.Store.RootKey.Held);
        Assert.Equal([6], _kms.Decrypt(blobs[6]));
        Assert.False(Engine.RootKey.Read().IsRotating);
        Assert.Equal([2], Engine.Store.RootKey.Held);
        _kms.Reopen();
        Assert.All(Enumerable.Range(0, 7), i => Assert.Equal([(byte)i], _kms.Decrypt(blobs[i])));
    }

    [Fact]
    public void Rotate_ProcessDiesBeforeTheFormerGenerationIsDropped_TheNextOneDropsIt()
    {
        using (IStateTransaction transaction = Engine.Store.BeginTransaction())
        {
            transaction.BeginRootKeyRotation(KmsFixture.Start);
            Assert.True(transaction.TryEndRootKeyRotation());
            transaction.Commit();
        }

        Assert.Equal(8 + (2 * 36) + 32, new FileInfo(RootKeyFile).Length);
        _kms.Reopen();
        Assert.Equal([2], Engine.Store.RootKey.Held);
        Assert.Equal(8 + 36 + 32, new FileInfo(RootKeyFile).Length);
    }

    [Fact]
    public void TryEndRootKeyRotation_SomethingIsLeft_DoesNotEnd()
    {
        _kms.CreateKey();
        using IStateTransaction transaction = Engine.Store.BeginTransaction();
        transaction.BeginRootKeyRotation(KmsFixture.Start);
        Assert.False(transaction.TryEndRootKeyRotation());
        Assert.True(transaction.ReadRootKey().IsRotating);
        Assert.Throws<InvalidOperationException>(() => transaction.BeginRootKeyRotation(KmsFixture.Start));
    }

    [Fact]
    public void Save_ValueOfADroppedGeneration_IsRefused()
    {
        const string context = "test";
        byte[] wrapped = Engine.Store.RootKey.Wrap([1], context);
        AccessKey accessKey = new()
        {
            AccessKeyId = "AK",
            PrincipalArn = "arn",
            CreationDate = KmsFixture.Start,
            WrappedSecret = [.. wrapped],
        };
        using (IStateTransaction transaction = Engine.Store.BeginTransaction())
        {
            transaction.BeginRootKeyRotation(KmsFixture.Start);

            // While both generations are held.
            transaction.InsertAccessKey(accessKey);
        }

        Engine.RootKey.Rotate();
        using IStateTransaction late = Engine.Store.BeginTransaction();
        StateStoreException error = Assert.Throws<StateStoreException>(() => late.InsertAccessKey(accessKey));
        Assert.Equal("The root key of the store was rotated in the meantime. Nothing was changed. Try again.", error.Message);
    }

    [Fact]
    public async Task Rotate_WhileOthersCall_NoCallFails()
    {
        using KmsEngine other = _kms.Open();
        ConcurrentQueue<string> failures = [];
        TaskCompletionSource ended = new();
        Task[] callers = [.. new[] { Engine, other, Engine, other }.Select(engine => Task.Run(() => RotationWork.CallUntil(engine, failures, ended.Task)))];
        for (int i = 0; i < 10; i++)
        {
            (i % 2 == 0 ? Engine : other).RootKey.Rotate();
        }

        ended.SetResult();
        await Task.WhenAll(callers);
        Assert.Empty(failures);
        Assert.Equal(11, Engine.RootKey.Read().Generation);
        Assert.Equal([11], Engine.Store.RootKey.Held);
        using KmsEngine third = _kms.Open();
        Assert.Equal([11], third.Store.RootKey.Held);
    }

    [Fact]
    public async Task Rotate_ProcessIsKilledAtRandomMoments_NothingIsLost()
    {
        int kills = Campaign.Length(usual: 4, full: 200);
        List<byte[]> blobs = [.. Enumerable.Range(0, 300).Select(i => _kms.Encrypt(_kms.CreateKey().KeyId, unchecked((byte)i)))];
        int before = Engine.RootKey.Read().Generation;
        Random random = new(20300101);
        for (int kill = 0; kill < kills; kill++)
        {
            byte[] sealedBefore = File.ReadAllBytes(RootKeyFile);
            using (Process process = RotatingProcess.Start(_kms.Folder))
            {
                Assert.Equal(RotatingProcess.Ready, await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
                while (kill % 2 == 1 && !process.HasExited && File.ReadAllBytes(RootKeyFile).SequenceEqual(sealedBefore))
                {
                    await Task.Delay(1, TestContext.Current.CancellationToken);
                }

                await Task.Delay(random.Next(0, 200), TestContext.Current.CancellationToken);
                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.DoesNotContain(
                    "failed", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            }

            // Once by a process that was there all the time, once by a new one.
            using KmsEngine engine = _kms.Open();
            foreach (KmsEngine reader in new[] { Engine, engine })
            {
                int index = random.Next(blobs.Count);
                Assert.Equal(
                    [unchecked((byte)index)], reader.Execute(new DecryptRequest { CiphertextBlob = blobs[index] }).Plaintext!.ToArray());
            }

            blobs.Add(_kms.Encrypt(_kms.CreateKey().KeyId, unchecked((byte)blobs.Count)));
        }

        Engine.RootKey.Rotate();
        _kms.Reopen();
        Assert.Equal([Engine.RootKey.Read().Generation], Engine.Store.RootKey.Held);
        Assert.True(Engine.RootKey.Read().Generation > before + 1, "The process was killed before it did anything.");
        Assert.All(Enumerable.Range(0, blobs.Count), i => Assert.Equal([unchecked((byte)i)], _kms.Decrypt(blobs[i])));
    }

    private static readonly byte[] s_message = [1, 2, 3];

    private SignResponse Sign(string key) =>
        _kms.Call(new SignRequest { KeyId = key, Message = s_message, SigningAlgorithm = "ECDSA_SHA_256" });
}
