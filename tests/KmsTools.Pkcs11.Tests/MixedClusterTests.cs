using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Clusters of tokens of different makers.</summary>
public sealed class MixedClusterTests : IDisposable
{
    private readonly NssLab _nss = new();
    private readonly SoftHsmLab _softHsm = new SoftHsmLab().WithToken();

    public void Dispose()
    {
        _nss.Dispose();
        _softHsm.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AllCalls_NssAndSoftHsmInEitherOrder_Work(bool isNssFirst)
    {
        ImmutableArray<HsmToken> tokens =
        [
            new HsmToken(_nss.TokenLabel, _nss.SerialNumber, _nss.Library),
            new HsmToken(_softHsm.TokenLabel, _softHsm.SerialNumber, _softHsm.Library),
        ];
        HsmCluster cluster = _softHsm.Cluster with { Tokens = isNssFirst ? tokens : [.. tokens.Reverse()] };
        byte[] id = HsmLab.NewId();
        byte[] ciphertext = new byte[44];
        using IHsmConnection connection = _softHsm.Provider.Connect(cluster, "user-1234"u8);
        Assert.Null(connection.TrySharing());
        connection.GenerateKey("arn:mixed", id);
        for (int message = 0; message < 10; message++)
        {
            connection.Encrypt(id, new byte[16], "context"u8, ciphertext);
            connection.Decrypt(id, ciphertext, "context"u8, new byte[16]);
        }

        Assert.All(connection.ListKeys(), static hsm => Assert.True(Assert.Single(hsm.Keys).IsUsable));
        Assert.True(connection.DestroyKey(id));
        Assert.All(connection.ListKeys(), static hsm => Assert.Empty(hsm.Keys));
    }
}
