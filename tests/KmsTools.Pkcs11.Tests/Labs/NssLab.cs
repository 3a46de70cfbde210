using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>The softoken of NSS with a database of its own.</summary>
public sealed class NssLab : HsmLab
{
    private static readonly string[] Candidates =
    [
        "/usr/lib/x86_64-linux-gnu/libsoftokn3.so",
        "/usr/lib/aarch64-linux-gnu/libsoftokn3.so",
        "/usr/lib64/libsoftokn3.so",
    ];

    private readonly string _path;

    public NssLab()
    {
        _path = Candidates.FirstOrDefault(File.Exists) ?? "";
        Assert.SkipWhen(_path.Length == 0, "NSS (libsoftokn3.so) is not installed.");

        SerialNumber = Provider.InitializeToken(
            Library, TokenLabel, Encoding.UTF8.GetBytes(OfficerPin), Encoding.UTF8.GetBytes(UserPin)).SerialNumber;
        Assert.NotEmpty(SerialNumber);
    }

    public override string Library => $"{_path}|{Parameters}";

    public override string TokenLabel => "kms-nss-lab";

    /// <summary>Another folder for a database.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(Folder, "other")).FullName;

    private string Parameters =>
        $"configdir='sql:{Folder}' certPrefix='' keyPrefix='' secmod='secmod.db' dbTokenDescription='{TokenLabel}'";
}
