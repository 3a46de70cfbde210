using KmsTools.Labs;

namespace KmsTools.Commands;

/// <summary>
/// What to do when a PKCS#11 library cannot be initialized: what each library needs, by the name of its file. Sources: the documents of
/// their vendors; about_KmsTools_Hsm has more.
/// </summary>
internal static class HsmLibraryAdvice
{
    private const string More = "Get-Help about_KmsTools_Hsm tells what each library needs.";

    private static readonly (string Name, string Advice)[] Known =
    [
        ("softhsm", "Check that SOFTHSM2_CONF names a configuration that can be read, and that its directories.tokendir exists."),
        ("softokn", "NSS needs parameters: -Library \"/path/libsoftokn3.so|configdir='sql:/folder' certPrefix='' keyPrefix='' "
            + "secmod='secmod.db' dbTokenDescription='label'\", with an existing folder."),
        ("opencryptoki", "Start the daemon pkcsslotd, and run as a user of the group pkcs11."),
        ("tpm2_pkcs11", "Check TPM2_PKCS11_STORE and TPM2_PKCS11_TCTI, and that the TPM answers."),
        ("p11-kit-client", "Start the server, and check P11_KIT_SERVER_ADDRESS."),
        ("cloudhsm", "Run /opt/cloudhsm/bin/configure-pkcs11 with the address of the cluster."),
        ("cryptoki", "Check Chrystoki.conf, which ChrystokiConfigurationPath finds."),
        ("cknfast", "Check that the hardserver runs, and CKNFAST_LOADSHARING where several modules serve."),
        ("yubihsm", "Check that yubihsm-connector runs, and that YUBIHSM_PKCS11_CONF names its configuration."),
        ("cs_pkcs11", "Check that CS_PKCS11_R3_CFG names the configuration, and that the device answers."),
    ];

    /// <summary>What is wrong with the configuration of SoftHSM, where a cluster uses it; null otherwise.</summary>
    /// <param name="cluster">The cluster, or null.</param>
    public static string? FindFault(HsmCluster? cluster) =>
        cluster is not null && cluster.Tokens.Select(static token => token.Library).Append(cluster.Library).Any(SoftHsmLab.IsLibrary)
            ? SoftHsmLab.FindDoubt()
            : null;

    /// <summary>Why a library may not have a token; empty where nothing is known.</summary>
    /// <param name="library">The path of the library.</param>
    public static string OfMissingToken(string? library) =>
        SoftHsmLab.IsLibrary(library) && SoftHsmLab.FindDoubt() is { } doubt ? $" {doubt}" : "";

    /// <summary>What to do.</summary>
    /// <param name="library">The path of the library.</param>
    public static string Of(string? library)
    {
        string name = Path.GetFileName(library ?? "");
        if (SoftHsmLab.IsLibrary(library) && SoftHsmLab.FindFault() is { } fault)
        {
            return fault == SoftHsmLab.FindTwins() ? fault : $"{fault} Initialize-KmsHsm -Lab makes a configuration and a token.";
        }

        string? advice = Array.Find(Known, known => name.Contains(known.Name, StringComparison.OrdinalIgnoreCase)).Advice;
        return advice is null ? More : $"{advice} {More}";
    }
}
