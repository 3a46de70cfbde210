using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;
using KmsTools.XksProxy;
using KmsTools.XksProxy.Logging;
using KmsTools.XksProxy.Settings;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>A proxy of external keys over one token, in a process of its own, whose log goes nowhere.</summary>
internal static class XksServer
{
    public const string Command = "serve-xks";
    public const string Pin = "user-1234";
    public const string Path = "/benchmark/kms/xks/v1/keys/key/encrypt";
    public const string AccessKeyId = "BENCHMARKCREDENTIALOFTHEPROXY";
    public const string Secret = "TheSecretOfTheBenchmarkThatHasFortyThreeCha";

    /// <summary>Serves until standard input ends.</summary>
    public static async Task RunAsync(string library, string token, string keyId)
    {
        XksProxyHost host = new(Settings(library, token, keyId), new Silent());
        await using (host.ConfigureAwait(false))
        {
            await host.StartAsync().ConfigureAwait(false);
            Console.WriteLine($"Ready: {host.Address.ToString().TrimEnd('/')} serves a token");
            while (await Console.In.ReadLineAsync().ConfigureAwait(false) is not null)
            {
            }
        }
    }

    /// <summary>The settings of a proxy with one key.</summary>
    public static XksProxySettings Settings(string library, string token, string keyId) => new()
    {
        Port = 0,
        StopDelay = TimeSpan.Zero,
        Tokens =
        [
            new TokenSettings
            {
                Name = "softhsm",
                Library = library,
                Token = TokenSelector.OfLabel(token),
                Pin = SecretSource.Of(Encoding.UTF8.GetBytes(Pin)),
            },
        ],
        KeyStores =
        [
            new KeyStoreSettings
            {
                Name = "benchmark",
                Prefix = "/benchmark",
                Regions = ["us-east-1"],
                Credentials =
                [
                    new CredentialSettings { AccessKeyId = AccessKeyId, Secret = SecretSource.Of(Encoding.UTF8.GetBytes(Secret)) },
                ],
                Keys =
                [
                    new KeySettings
                    {
                        ExternalKeyId = "key",
                        Current = new KeyVersionSettings { Token = "softhsm", Name = KeyName.OfId(keyId) },
                    },
                ],
            },
        ],
    };

    /// <summary>Forgets what a proxy did.</summary>
    public sealed class Silent : IXksProxyLog
    {
        public void Record(XksRequestRecord request)
        {
        }

        public void Record(XksProxyNotice notice)
        {
        }
    }
}
