using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Whether keys that are not extractable stay in the token.</summary>
public sealed class KeepingTests
{
    private const int CreateObject = 20;

    [Fact]
    public void TryKeeping_Nss_SaysThatKeysCanLeave()
    {
        using NssLab lab = new();
        using IHsmConnection connection = lab.Connect();
        Assert.Equal(
            "The token 'kms-nss-lab' wraps keys that are not extractable: whoever can log in to it can take them out.",
            connection.TryKeeping());
        Assert.Empty(connection.ListKeys().Single().Keys);
    }

    [Fact]
    public void TryKeeping_SoftHsm_IsNullAndAsksOncePerLogin()
    {
        using FaultyHsmLab lab = new();
        lab.Activate();
        long before = lab.Calls(CreateObject);
        for (int login = 1; login <= 2; login++)
        {
            using IHsmConnection connection = lab.Connect();
            using IHsmConnection other = lab.Connect();
            Assert.Null(connection.TryKeeping());
            Assert.Null(connection.TryKeeping());
            Assert.Null(other.TryKeeping());
            Assert.Equal(before + login, lab.Calls(CreateObject));
        }
    }

    [Theory]
    [InlineData("before C_CreateObject 54 -1")]
    [InlineData("before C_GenerateKey 70 -1")]
    [InlineData("before C_WrapKey 70 -1")]
    public void TryKeeping_ModuleCannotWrap_IsNull(string rule)
    {
        using FaultyHsmLab lab = new();
        lab.Activate();
        lab.SetFaults(rule);
        using IHsmConnection connection = lab.Connect();
        Assert.Null(connection.TryKeeping());
        connection.GenerateRandom(new byte[8]);
    }
}
