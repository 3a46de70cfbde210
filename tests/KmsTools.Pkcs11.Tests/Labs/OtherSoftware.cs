using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Net.Pkcs11Interop.HighLevelAPI;
using Net.Pkcs11Interop.LowLevelAPI80;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>
/// Another program at a token. It has an instance of the module of its own, knows nothing of our locks, and calls the module through
/// Pkcs11Interop, which has no line in common with our call path: what it sees is what is there.
/// </summary>
internal sealed class OtherSoftware : IDisposable
{
    private static readonly Pkcs11InteropFactories Factories = new();

    private readonly Module _module;
    private readonly ISlot _slot;
    private readonly ISession _session;

    // It imports "libdl", and where glibc has no development files there is only the name with the version.
    static OtherSoftware() => NativeLibrary.SetDllImportResolver(
        typeof(Pkcs11InteropFactories).Assembly,
        static (name, _, _) => name == "libdl" && OperatingSystem.IsLinux() ? NativeLibrary.Load("libdl.so.2") : 0);

    /// <param name="library">The module's file.</param>
    /// <param name="tokenLabel">The token.</param>
    /// <param name="parameters">What the module is told at C_Initialize, or null.</param>
    public OtherSoftware(string library, string tokenLabel, string? parameters = null)
    {
        _module = new(library, parameters);
        _slot = _module.GetSlotList(SlotsType.WithTokenPresent).Single(slot => slot.GetTokenInfo().Label == tokenLabel);
        _session = _slot.OpenSession(SessionType.ReadWrite);
    }

    public ITokenInfo Token => _slot.GetTokenInfo();

    /// <summary>A module itself and no copy, as other code in this process uses it.</summary>
    public static Pkcs11Library InThisProcess(string library) => new(library);

    /// <summary>Makes a token out of a free slot. Its crypto user has no PIN.</summary>
    public static void InitializeToken(string library, string label, string officerPin)
    {
        using Module module = new(library, parameters: null);
        module.GetSlotList(SlotsType.WithTokenPresent).First(static slot => !slot.GetTokenInfo().TokenFlags.TokenInitialized)
            .InitToken(officerPin, label);
    }

    public OtherSoftware LogIn(CKU user, string pin)
    {
        _session.Login(user, pin);
        return this;
    }

    /// <summary>Whether the token takes a PIN. Nobody is logged in before or afterwards.</summary>
    public bool Takes(CKU user, string pin)
    {
        try
        {
            _session.Login(user, pin);
            _session.Logout();
            return true;
        }
        catch (Pkcs11Exception exception) when (exception.RV == CKR_PIN_INCORRECT)
        {
            return false;
        }
    }

    /// <summary>Gives the crypto user a PIN, as the security officer.</summary>
    public void SetUserPin(string pin) => _session.InitPin(pin);

    public IReadOnlyList<IObjectHandle> Find(byte[] id) => FindAll((CKA_ID, id));

    /// <summary>The objects with these attributes; all that the user sees if there are none.</summary>
    public IReadOnlyList<IObjectHandle> FindAll(params (CKA Type, object Value)[] attributes) =>
        _session.FindAllObjects(Template(attributes));

    public void Destroy(IObjectHandle handle) => _session.DestroyObject(handle);

    public void Destroy(byte[] id)
    {
        foreach (IObjectHandle handle in Find(id))
        {
            Destroy(handle);
        }
    }

    /// <summary>An attribute that can be read.</summary>
    public IObjectAttribute Read(IObjectHandle handle, CKA attribute)
    {
        IObjectAttribute read = _session.GetAttributeValue(handle, new List<CKA> { attribute }).Single();
        Assert.False(read.CannotBeRead, $"{attribute}");
        return read;
    }

    public IObjectAttribute Read(byte[] id, CKA attribute) => Read(Find(id).Single(), attribute);

    public bool Flag(byte[] id, CKA attribute) => Read(id, attribute).GetValueAsBool();

    public string Label(byte[] id) => Read(id, CKA_LABEL).GetValueAsString();

    /// <summary>What the module says when it is asked for the bytes of a key.</summary>
    public CKR ReadValue(byte[] id) => _module.ReadValue(_session, Find(id).Single());

    /// <summary>Makes an AES-256 key as KmsTools never does: it may leave the token.</summary>
    public void MakeExtractable(byte[] id, string label)
    {
        using IMechanism mechanism = Factories.MechanismFactory.Create(CKM_AES_KEY_GEN);
        _ = _session.GenerateKey(mechanism, Template(
            (CKA_CLASS, CKO_SECRET_KEY),
            (CKA_KEY_TYPE, CKK_AES),
            (CKA_VALUE_LEN, 32ul),
            (CKA_TOKEN, true),
            (CKA_PRIVATE, true),
            (CKA_SENSITIVE, true),
            (CKA_EXTRACTABLE, true),
            (CKA_ENCRYPT, true),
            (CKA_DECRYPT, true),
            (CKA_LABEL, label),
            (CKA_ID, id)));
    }

    /// <summary>Makes an AES key as an owner of other keys may do it.</summary>
    public void MakeAes(string label, byte[] id, int bits = 256, bool encrypts = true, bool decrypts = true)
    {
        using IMechanism mechanism = Factories.MechanismFactory.Create(CKM_AES_KEY_GEN);
        _ = _session.GenerateKey(mechanism, Template(
            (CKA_CLASS, CKO_SECRET_KEY),
            (CKA_KEY_TYPE, CKK_AES),
            (CKA_VALUE_LEN, (ulong)bits / 8),
            (CKA_TOKEN, true),
            (CKA_PRIVATE, true),
            (CKA_SENSITIVE, true),
            (CKA_EXTRACTABLE, false),
            (CKA_ENCRYPT, encrypts),
            (CKA_DECRYPT, decrypts),
            (CKA_WRAP, false),
            (CKA_UNWRAP, false),
            (CKA_SIGN, false),
            (CKA_VERIFY, false),
            (CKA_LABEL, label),
            (CKA_ID, id)));
    }

    /// <summary>Makes an RSA pair of 2,048 bits.</summary>
    public void MakeRsa(string label, byte[] id)
    {
        using IMechanism mechanism = Factories.MechanismFactory.Create(CKM_RSA_PKCS_KEY_PAIR_GEN);
        _session.GenerateKeyPair(
            mechanism,
            Template((CKA_TOKEN, true), (CKA_MODULUS_BITS, 2048ul), (CKA_LABEL, label), (CKA_ID, id)),
            Template((CKA_TOKEN, true), (CKA_PRIVATE, true), (CKA_SENSITIVE, true), (CKA_SIGN, true), (CKA_LABEL, label), (CKA_ID, id)),
            out _,
            out _);
    }

    /// <summary>All objects that the user sees, each with what would show a change.</summary>
    public IReadOnlyList<string> Inventory() =>
    [
        .. _session.FindAllObjects([]).Select(handle => string.Join(' ', new[] { CKA_CLASS, CKA_LABEL, CKA_ID, CKA_KEY_TYPE }
            .Select(attribute => Convert.ToHexString(Read(handle, attribute).GetValueAsByteArray())))).Order(StringComparer.Ordinal),
    ];

    /// <summary>AES-GCM with an IV of 12 or 16 bytes.</summary>
    /// <returns>Ciphertext and tag.</returns>
    public byte[] Encrypt(byte[] id, byte[] iv, byte[] plaintext, byte[] additionalData)
    {
        using IMechanism mechanism = Gcm(iv, additionalData);
        return _session.Encrypt(mechanism, Find(id).Single(), plaintext);
    }

    /// <summary>AES-GCM from ciphertext and tag.</summary>
    public byte[] Decrypt(byte[] id, byte[] iv, byte[] ciphertext, byte[] additionalData)
    {
        using IMechanism mechanism = Gcm(iv, additionalData);
        return _session.Decrypt(mechanism, Find(id).Single(), ciphertext);
    }

    public void Dispose()
    {
        _session.Dispose();
        _module.Dispose();
    }

    private static IMechanism Gcm(byte[] iv, byte[] additionalData)
    {
        Assert.True(iv.Length is 12 or 16);
        return Factories.MechanismFactory.Create(
            CKM_AES_GCM, Factories.MechanismParamsFactory.CreateCkGcmParams(iv, (ulong)iv.Length * 8, additionalData, 128));
    }

    private static List<IObjectAttribute> Template(params (CKA Type, object Value)[] attributes)
    {
        Net.Pkcs11Interop.HighLevelAPI.Factories.IObjectAttributeFactory factory = Factories.ObjectAttributeFactory;
        return
        [
            .. attributes.Select(attribute => attribute.Value switch
            {
                bool flag => factory.Create(attribute.Type, flag),
                ulong number => factory.Create(attribute.Type, number),
                CKO objectClass => factory.Create(attribute.Type, objectClass),
                CKK keyType => factory.Create(attribute.Type, keyType),
                string text => factory.Create(attribute.Type, text),
                byte[] bytes => factory.Create(attribute.Type, bytes),
                _ => throw new ArgumentException($"{attribute.Type}", nameof(attributes)),
            }),
        ];
    }

    /// <summary>
    /// A copy of a module, which the loader takes for another library. Stays loaded: one that has threads or exit handlers does not
    /// survive it.
    /// </summary>
    private sealed class Module : Net.Pkcs11Interop.HighLevelAPI80.Pkcs11Library
    {
        // A finalizer would unload them.
        private static readonly ConcurrentBag<Pkcs11Library> Loaded = [];

        public Module(string library, string? parameters)
            : base(OtherSoftware.Factories, library)
        {
            string copy = Path.Combine(Path.GetTempPath(), $"kmstools-other-{Guid.NewGuid():N}.so");
            File.Copy(library, copy);
            _pkcs11Library = new Pkcs11Library(copy);
            Loaded.Add(_pkcs11Library);
            File.Delete(copy);
            nint reserved = Marshal.StringToCoTaskMemUTF8(parameters);
            try
            {
                CKR result = _pkcs11Library.C_Initialize(new() { Flags = CKF_OS_LOCKING_OK, Reserved = reserved });
                Assert.Equal(CKR_OK, result);
            }
            finally
            {
                Marshal.FreeCoTaskMem(reserved);
            }
        }

        public CKR ReadValue(ISession session, IObjectHandle handle) =>
            _pkcs11Library.C_GetAttributeValue(session.SessionId, handle.ObjectId, [CkaUtils.CreateAttribute(CKA_VALUE)], 1);

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_disposed)
            {
                Assert.Equal(CKR_OK, _pkcs11Library.C_Finalize(0));
            }

            // What is disposed already is not unloaded.
            _disposed = true;
            base.Dispose(disposing);
        }
    }
}
