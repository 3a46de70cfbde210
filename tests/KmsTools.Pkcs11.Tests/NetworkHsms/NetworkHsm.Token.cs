using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;

namespace KmsTools.NetworkHsms;

/// <summary>Its token.</summary>
public sealed partial class NetworkHsm
{
    private static readonly ReadyToken s_ready = new(MakeModel);

    /// <summary>Gives it a token that has exchanged keys before.</summary>
    public NetworkHsm WithToken()
    {
        SerialNumber = s_ready.CopyTo(Tokens, Label);
        KeepTokenObject();
        Kill();
        Start();
        return this;
    }

    private static (string Folder, HsmToken Token) MakeModel()
    {
        using NetworkHsm one = new NetworkHsm("one", timeout: 60_000).WithNewToken();
        using NetworkHsm other = new NetworkHsm("other", timeout: 60_000).WithNewToken();
        using (Pkcs11HsmProvider provider = new())
        {
            ReadyToken.Exchange(provider, one.Library, one.Token, other.Token with { Library = other.Library }, UserPin);
        }

        string kept = Path.Combine(Path.GetTempPath(), $"kmstools-hsm-model-{Guid.NewGuid():N}");
        Directory.Move(one.TokenFolder, kept);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(kept, recursive: true);
        return (kept, one.Token);
    }

    private NetworkHsm WithNewToken()
    {
        using Pkcs11HsmProvider provider = new();
        HsmStatus made = provider.InitializeToken(Library, Label, Encoding.UTF8.GetBytes(OfficerPin), Encoding.UTF8.GetBytes(UserPin));
        SerialNumber = made.SerialNumber;
        KeepTokenObject();
        return this;
    }
}
