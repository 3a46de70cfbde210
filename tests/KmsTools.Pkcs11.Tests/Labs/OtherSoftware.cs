using System.Text;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>Another program at the lab's token: it has an instance of the module of its own and knows nothing of our locks.</summary>
internal sealed class OtherSoftware : IDisposable
{
    private readonly string _copy;
    private readonly NativeModule _native;
    private readonly ulong _slot;
    private readonly ulong _session;

    public OtherSoftware(SoftHsmLab lab, CKU user, string pin, string? tokenLabel = null)
    {
        _copy = Path.Combine(lab.Folder, $"other-{Guid.NewGuid():N}.so");
        File.Copy(lab.SoftHsm, _copy);
        _native = NativeModule.Load(_copy);
        Require(_native.Initialize(null));
        Require(_native.GetSlotList(tokenPresent: true, out ulong[] slots));
        _slot = slots.First(slot => _native.GetTokenInfo(slot, out TokenInfo info).IsOk && info.Label == (tokenLabel ?? lab.TokenLabel));
        Require(_native.OpenSession(_slot, out _session));
        Require(_native.Login(_session, user, Encoding.UTF8.GetBytes(pin)));
    }

    public void SetUserPin(string pin) => Require(_native.InitPin(_session, Encoding.UTF8.GetBytes(pin)));

    public void Destroy(byte[] id)
    {
        foreach (ulong handle in Find(id))
        {
            Require(_native.DestroyObject(_session, handle));
        }
    }

    public ReturnValue ReadValue(byte[] id)
        => _native.GetAttributeValue(_session, Find(id).Single(), CKA_VALUE, new byte[32], out _);

    public bool Flag(byte[] id, CKA attribute)
    {
        byte[] value = new byte[1];
        Require(_native.GetAttributeValue(_session, Find(id).Single(), attribute, value, out _));
        return value[0] != 0;
    }

    public List<ulong> Find(byte[] id)
    {
        List<ulong> found = [];
        Require(_native.FindObjects(_session, new AttributeTemplate().Add(CKA_ID, id), found));
        return found;
    }

    /// <summary>Every object that the user sees.</summary>
    public List<ulong> FindAll()
    {
        List<ulong> found = [];
        Require(_native.FindObjects(_session, new AttributeTemplate(), found));
        return found;
    }

    public string Label(byte[] id)
    {
        byte[] value = new byte[100];
        Require(_native.GetAttributeValue(_session, Find(id).Single(), CKA_LABEL, value, out int length));
        return Encoding.UTF8.GetString(value, 0, length);
    }

    public bool TokenHas(ulong flag)
    {
        Require(_native.GetTokenInfo(_slot, out TokenInfo info));
        return info.Has(flag);
    }

    /// <summary>Makes a key as KmsTools never does.</summary>
    public void MakeExtractable(byte[] id, string label) => Require(_native.GenerateKey(
        _session,
        CKM_AES_KEY_GEN,
        new AttributeTemplate()
            .Add(CKA_CLASS, CKO_SECRET_KEY)
            .Add(CKA_KEY_TYPE, CKK_AES)
            .Add(CKA_VALUE_LEN, 32ul)
            .Add(CKA_TOKEN, true)
            .Add(CKA_PRIVATE, true)
            .Add(CKA_SENSITIVE, true)
            .Add(CKA_EXTRACTABLE, true)
            .Add(CKA_ENCRYPT, true)
            .Add(CKA_DECRYPT, true)
            .Add(CKA_LABEL, Encoding.UTF8.GetBytes(label))
            .Add(CKA_ID, id),
        out _));

    public void Dispose()
    {
        Require(_native.Finish());
        File.Delete(_copy);
    }

    private static void Require(ReturnValue result) => Assert.True(result.IsOk, result.ToString());
}
