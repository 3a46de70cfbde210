using System.Security.Cryptography;
using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.WebConsole.KeyStores;

/// <summary>Tokens of SoftHSM and clusters of them.</summary>
internal static class HsmLab
{
    public const string Pin = "right-password-1";

    /// <summary>A token with a label that nothing else in this process has.</summary>
    public static string NewToken(KmsEngine engine)
    {
        string label = "lab-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
        engine.HsmTokens.Initialize(SoftHsm.Library, label, "officer-1"u8, Encoding.UTF8.GetBytes(Pin));
        return label;
    }

    /// <summary>A cluster of one token.</summary>
    public static HsmClusterDescription NewCluster(KmsEngine engine) => engine.HsmClusters.Register(SoftHsm.Library, [NewToken(engine)]);
}
