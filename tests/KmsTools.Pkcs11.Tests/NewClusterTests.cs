using System.Diagnostics;
using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Clusters whose HSMs have never exchanged a key.</summary>
public sealed class NewClusterTests
{
    [Fact]
    public void AllCalls_TwoProcesses_KeysAreMadeInEveryHsmByBoth()
    {
        using ClusterLab lab = new(areNew: true);
        using Process other = Worker.Start(lab, 5);
        using IHsmConnection connection = lab.Connect();
        for (int round = 0; round < 10; round++)
        {
            byte[] id = HsmLab.NewId();
            connection.GenerateKey($"arn:{round}", id);
            byte[] ciphertext = new byte[44];
            for (int message = 0; message < 6; message++)
            {
                connection.Encrypt(id, new byte[16], [], ciphertext);
                connection.Decrypt(id, ciphertext, [], new byte[16]);
            }
        }

        string errors = other.StandardError.ReadToEnd();
        other.WaitForExit();
        Assert.True(other.ExitCode == 0, errors);
        Assert.All(connection.ListKeys(), static inventory => Assert.Equal(10, inventory.Keys.Length));
        foreach (HsmToken token in lab.Members)
        {
            using OtherSoftware software = lab.StartOther(tokenLabel: token.TokenLabel);
            Assert.Single(software.Find("KmsTools transport key"u8.ToArray()));
        }
    }

    [Fact]
    public void GenerateKey_SoftHsmAndNss_EitherDecryptsWhatTheOtherEncrypts()
    {
        using NssLab nss = new();
        using SoftHsmLab soft = new SoftHsmLab().WithToken();
        foreach (bool isNssFirst in new[] { true, false })
        {
            HsmToken[] tokens = [new(nss.TokenLabel, nss.SerialNumber, nss.Library), new(soft.TokenLabel, soft.SerialNumber)];
            HsmCluster cluster = soft.Cluster with { Tokens = [.. isNssFirst ? tokens : tokens.Reverse()] };
            byte[] id = HsmLab.NewId();
            using (IHsmConnection connection = soft.Provider.Connect(cluster, "user-1234"u8))
            {
                connection.GenerateKey("arn:mixed", id);
                Assert.Equal((1, 0), Counts(connection.Synchronize(cluster.Tokens[1]), id));
            }

            byte[] ciphertext = new byte[33];
            using (IHsmConnection one = nss.Connect())
            {
                one.Encrypt(id, "mixed"u8, [], ciphertext);
            }

            using IHsmConnection other = soft.Connect();
            byte[] plaintext = new byte[5];
            other.Decrypt(id, ciphertext, [], plaintext);
            Assert.Equal("mixed", Encoding.UTF8.GetString(plaintext));
            other.DestroyKey(id);
        }
    }

    [Fact]
    public void ChangePin_OneOfTwoRefusesIt_GivesTheOtherTheOldOneAgain()
    {
        using NssLab nss = new();
        using SoftHsmLab soft = new SoftHsmLab().WithToken();
        HsmCluster cluster = soft.Cluster with
        {
            Tokens = [new(nss.TokenLabel, nss.SerialNumber, nss.Library), new(soft.TokenLabel, soft.SerialNumber)],
        };
        using (IHsmConnection connection = soft.Provider.Connect(cluster, "user-1234"u8))
        {
            // NSS takes up to 500 bytes, SoftHSM 255.
            HsmException refused = Assert.Throws<HsmException>(() => connection.ChangePin(Encoding.UTF8.GetBytes(new string('p', 300))));
            Assert.Equal(HsmFailure.InvalidArgument, refused.Failure);
            Assert.Equal("The token 'kms-lab' takes PINs of 4 to 255 bytes, not of 300.", refused.Message);
        }

        using (IHsmConnection again = soft.Provider.Connect(cluster, "user-1234"u8))
        {
            again.ChangePin("changed-1"u8);
        }

        using IHsmConnection changed = soft.Provider.Connect(cluster, "changed-1"u8);
        Assert.All(changed.Status(), static status => Assert.Equal(HsmState.ACTIVE, status.State));
    }

    // Keys of earlier rounds that one of the HSMs still holds are not counted.
    private static (int AlreadyThere, int Copied) Counts(HsmSynchronization synchronization, byte[] id)
    {
        Assert.DoesNotContain(synchronization.NotCopied, key => key.Id == Convert.ToHexStringLower(id));
        return (synchronization.AlreadyThere, synchronization.Copied);
    }
}
