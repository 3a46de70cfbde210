using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>SoftHSM with a copy of its library, so that labs do not share an instance or a lock.</summary>
public class SoftHsmLab : HsmLab
{
    private static readonly string[] Candidates =
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];

    public SoftHsmLab()
    {
        string? original = Candidates.FirstOrDefault(File.Exists);
        if (original is null)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "SoftHSM is not installed.");
            Assert.Fail("These tests need SoftHSM: install the package softhsm2.");
        }

        SoftHsm = Path.Combine(Folder, "libsofthsm2" + Path.GetExtension(original));
        File.Copy(original, SoftHsm);
        Directory.CreateDirectory(Tokens);
        File.WriteAllText(
            Configuration,
            $"directories.tokendir = {Tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");
    }

    public override string Library => SoftHsm;

    public override string TokenLabel => "kms-lab";

    public string SoftHsm { get; }

    public string Tokens => Path.Combine(Folder, "tokens");

    public string Configuration => Path.Combine(Folder, "softhsm2.conf");

    public string TokenFolder => Directory.GetDirectories(Tokens).Single();

    public override void Activate() => Environment.SetEnvironmentVariable("SOFTHSM2_CONF", Configuration);

    /// <summary>Another program that logs in to the token, or to one with another label.</summary>
    internal OtherSoftware StartOther(CKU user = CKU_USER, string pin = UserPin, string? tokenLabel = null) =>
        new OtherSoftware(SoftHsm, tokenLabel ?? TokenLabel).LogIn(user, pin);

    /// <summary>Makes the lab's token; a fixture does so in its constructor.</summary>
    public SoftHsmLab WithToken()
    {
        Activate();
        HsmStatus status = Provider.InitializeToken(
            Library, TokenLabel, Encoding.UTF8.GetBytes(OfficerPin), Encoding.UTF8.GetBytes(UserPin));
        SerialNumber = status.SerialNumber;
        return this;
    }
}
