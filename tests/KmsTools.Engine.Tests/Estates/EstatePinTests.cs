using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>Whether the PIN of a file takes the place of the password that a store has. A wrong one would lock the crypto user.</summary>
public sealed class EstatePinTests
{
    private const string Cluster = "cluster-2abcdefghij";
    private const string Typed = "kmsPswd1";
    private const string Made = "0123456789abcdefghijABCDEFGHIJ01";

    [Theory]
    [InlineData(Typed, false, false, 0, true)]
    [InlineData(Typed, false, false, 2, true)]
    [InlineData(Typed, false, true, 2, true)]
    [InlineData(Made, false, false, 2, false)]
    [InlineData(Made, false, true, 2, true)]
    [InlineData(Typed, true, false, 0, true)]
    [InlineData(Typed, true, false, 1, false)]
    [InlineData(Typed, true, true, 1, true)]
    [InlineData(Made, true, false, 2, false)]
    [InlineData(Made, true, true, 2, false)]
    public void Password_OfAStore_GivesWayOnlyToAPinThatCanBeRight(string password, bool isManaged, bool isRefused, int generation, bool givesWay)
    {
        using KmsFixture kms = new();
        Put(kms.Engine, password, isManaged, isRefused, generation);
        Assert.Equal(givesWay ? ["cks-1"] : [], Read(kms.Engine, null, "other-pin"));
        Assert.Empty(Read(kms.Engine, null, password));
    }

    [Fact]
    public void Password_ManagedOrNot_IsAsTheFileSays()
    {
        using KmsFixture kms = new();
        Put(kms.Engine, Typed, isManaged: false, isRefused: false, generation: 1);
        Assert.Equal(["cks-1"], Read(kms.Engine, false, "other-pin"));
        Assert.Empty(Read(kms.Engine, true, "other-pin"));
    }

    [Theory]
    [InlineData(Made, true)]
    [InlineData("0123456789abcdefghijABCDEFGHIJ0", false)]
    [InlineData("0123456789abcdefghijABCDEFGHIJ012", false)]
    [InlineData("0123456789abcdefghijABCDEFGHIJ0-", false)]
    public void Password_Generated_IsKnownByItsForm(string password, bool isMade)
    {
        using KmsFixture kms = new();
        Put(kms.Engine, password, isManaged: false, isRefused: false, generation: 1);
        using IStateReader reader = kms.Engine.OpenReader();
        Assert.Equal(isMade, CryptoUserPassword.IsMade(kms.Engine.Store.RootKey, reader.FindCustomKeyStore("us-east-1", "cks-1")!));
    }

    private static void Put(KmsEngine engine, string password, bool isManaged, bool isRefused, int generation)
    {
        using IStateTransaction transaction = engine.Store.BeginTransaction();
        transaction.InsertCluster(new HsmCluster
        {
            ClusterId = Cluster,
            Library = "/lib/p11.so",
            Tokens = [new HsmToken("one", "1")],
            TrustAnchorCertificate = "pem",
            CreationDate = default,
            ManagePassword = isManaged,
        });
        transaction.InsertCustomKeyStore(new CustomKeyStore
        {
            CustomKeyStoreId = "cks-1",
            Region = "us-east-1",
            Name = "lab",
            CloudHsmClusterId = Cluster,
            TrustAnchorCertificate = "pem",
            CreationDate = default,
            WrappedPassword = CryptoUserPassword.Wrap(engine.Store.RootKey, "cks-1", password),
            PasswordRefused = isRefused,
            ConnectionGeneration = generation,
        });
        transaction.Commit();
    }

    private static ImmutableHashSet<string> Read(KmsEngine engine, bool? managePassword, string pin)
    {
        using Estate estate = new()
        {
            Clusters =
            [
                new EstateCluster
                {
                    Id = new(Cluster),
                    Library = new("/lib/p11.so"),
                    Tokens = [new(new("one"))],
                    ManagePassword = managePassword is { } manage ? new(manage) : null,
                    Pin = new EstateSecret(default, EstateSecretSource.Plaintext, Plaintext: Secret.TakeOver(System.Text.Encoding.UTF8.GetBytes(pin))),
                },
            ],
            KeyStores = [new EstateKeyStore { Name = new("lab"), Cluster = new(Cluster) }],
        };
        using EstateSecrets pins = new(null);
        return EstateState.Read(engine, estate, pins, Caller.LocalUser(KmsFixture.Account)).KeyStoresWithOtherSecret;
    }
}
