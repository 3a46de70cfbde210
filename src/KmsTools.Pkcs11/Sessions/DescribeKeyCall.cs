using System.Collections.Immutable;
using System.Globalization;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Finds a key by its name, and reads what the token says about it.</summary>
internal sealed class DescribeKeyCall(KeyName name) : IObjectCall
{
    private static readonly (CKA Attribute, string Usage)[] Usages =
    [
        (CKA_ENCRYPT, "ENCRYPT"), (CKA_DECRYPT, "DECRYPT"), (CKA_SIGN, "SIGN"), (CKA_VERIFY, "VERIFY"),
        (CKA_WRAP, "WRAP"), (CKA_UNWRAP, "UNWRAP"), (CKA_DERIVE, "DERIVE"),
    ];

    /// <summary>What it found.</summary>
    public KeyDescription? Description { get; private set; }

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        ulong key = NamedKeys.Find(login, session, name);
        if (key == 0)
        {
            throw new HsmException(HsmFailure.KeyNotFound, $"The token '{login.TokenLabel}' holds no key with {name}.");
        }

        ImmutableArray<string> usages =
            [.. Usages.Where(usage => KeyObjects.Read(session, key, usage.Attribute) is [not 0]).Select(static usage => usage.Usage)];
        Description = new KeyDescription(Spec(session, key), usages);

        // What a token says that is about to go away means nothing.
        login.Probe().ThrowUnlessOk();
    }

    private static string Spec(HsmSession session, ulong key)
    {
        ulong? type = KeyAttributes.Number(KeyObjects.Read(session, key, CKA_KEY_TYPE));
        return type switch
        {
            (ulong)CKK_AES => Sized("AES", KeyAttributes.Number(KeyObjects.Read(session, key, CKA_VALUE_LEN)) * 8),
            (ulong)CKK_RSA => Sized("RSA", (ulong?)KeyObjects.Read(session, key, CKA_MODULUS)?.Length * 8),
            (ulong)CKK_GENERIC_SECRET => Sized("GENERIC_SECRET", KeyAttributes.Number(KeyObjects.Read(session, key, CKA_VALUE_LEN)) * 8),
            null => "UNKNOWN",
            { } other when Enum.IsDefined((CKK)other) => ((CKK)other).ToString()["CKK_".Length..],
            { } other => $"CKK_{other.ToString("X8", CultureInfo.InvariantCulture)}",
        };
    }

    private static string Sized(string type, ulong? bits) =>
        bits is null or 0 ? type : string.Create(CultureInfo.InvariantCulture, $"{type}_{bits}");
}
