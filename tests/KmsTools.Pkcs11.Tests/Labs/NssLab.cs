using System.Text;
using KmsTools.Pkcs11.Interop;

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

        // The officer of a new NSS database has an empty PIN.
        NativeModule native = NativeModule.Load(_path);
        Require(native.Initialize(Parameters));
        Require(native.GetSlotList(tokenPresent: true, out ulong[] slots));
        foreach (ulong slot in slots)
        {
            Require(native.GetTokenInfo(slot, out TokenInfo info));
            if (info.Label == TokenLabel)
            {
                SerialNumber = info.SerialNumber;
                Require(native.OpenSession(slot, out ulong session));
                Require(native.Login(session, CKU_SO, []));
                Require(native.InitPin(session, Encoding.UTF8.GetBytes(UserPin)));
            }
        }

        Require(native.Finish());
        Assert.NotEmpty(SerialNumber);
    }

    public override string Library => $"{_path}|{Parameters}";

    public override string TokenLabel => "kms-nss-lab";

    private string Parameters =>
        $"configdir='sql:{Folder}' certPrefix='' keyPrefix='' secmod='secmod.db' dbTokenDescription='{TokenLabel}'";

    private static void Require(ReturnValue result) => Assert.True(result.IsOk, result.ToString());
}
