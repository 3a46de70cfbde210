using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Cryptography;

namespace KmsTools.Commands;

/// <summary>Makes a lab HSM: initialises a free token of a PKCS#11 library and its crypto user.</summary>
/// <remarks>Never touches a token that is initialised already. Real HSMs are initialised with the tools of their vendor.</remarks>
/// <example>
/// <code>
/// Initialize-KmsHsm /usr/lib/softhsm/libsofthsm2.so -TokenLabel lab -SecurityOfficerPin (Read-Host -AsSecureString) -KeyStorePassword (Read-Host -AsSecureString)
/// </code>
/// <para>Makes a SoftHSM token with the label lab.</para>
/// </example>
/// <example>
/// <code>
/// $pin = Read-Host -AsSecureString
/// Initialize-KmsHsm $library -TokenLabel hsm1 -SecurityOfficerPin $pin -KeyStorePassword $pin |
///     ForEach-Object { Register-KmsHsmCluster $library -TokenLabel $_.TokenLabel }
/// </code>
/// <para>Makes a token and registers it as a cluster.</para>
/// </example>
[Cmdlet(VerbsData.Initialize, "KmsHsm", SupportsShouldProcess = true)]
[OutputType(typeof(HsmStatus))]
public sealed class InitializeKmsHsmCommand : HsmLibraryCmdlet
{
    /// <summary>The label of the new token, at most 32 bytes.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string TokenLabel { get; set; } = "";

    /// <summary>The PIN of the security officer.</summary>
    [Parameter(Mandatory = true)]
    public SecureString SecurityOfficerPin { get; set; } = null!;

    /// <summary>The PIN of the crypto user, which is the -KeyStorePassword of New-KmsCustomKeyStore: 7 to 32 characters.</summary>
    [Parameter(Mandatory = true)]
    public SecureString KeyStorePassword { get; set; } = null!;

    private protected override void Process()
    {
        if (!ShouldProcess(LibraryPath, $"Initialise a free token as '{TokenLabel}'"))
        {
            return;
        }

        using Secret officer = PinnedText.Utf8(SecurityOfficerPin);
        using Secret user = PinnedText.Utf8(KeyStorePassword);
        WriteObject(Initialize(officer, user));
    }

    private HsmStatus Initialize(Secret officer, Secret user)
    {
        // A span cannot be lent to a lambda, so one of the two PINs is copied.
        byte[] officerPin = GC.AllocateUninitializedArray<byte>(officer.Length, pinned: true);
        try
        {
            officer.Use(pin => pin.CopyTo(officerPin));
            return user.Use(userPin => Engine.HsmClusters.InitializeToken(LibraryPath, TokenLabel, officerPin, userPin));
        }
        finally
        {
            Array.Clear(officerPin);
        }
    }
}
