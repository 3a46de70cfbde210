using KmsTools.Cryptography;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>Key material.</summary>
internal sealed class KeyMaterialFormat()
    : PartFormat<EstateMaterial>("material", "Key material, for tests: raw bytes for symmetric and HMAC keys, PKCS #8 (DER) for others.")
{
    /// <summary>The one instance.</summary>
    public static readonly KeyMaterialFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateMaterial>> Members { get; } =
    [
        SecretMember("hex",
            new BytesFormat(
                static text => Convert.FromHexString(string.Concat(text.Where(static c => !char.IsWhiteSpace(c)))),
                "This is not an even number of hexadecimal digits."),
            Replace,
            "The bytes as hexadecimal digits."),
        SecretMember("base64", new BytesFormat(Convert.FromBase64String, "This is not base64."), Replace, "The bytes as base64."),
    ];

    /// <inheritdoc/>
    protected override string OneOnly => "A material has one of hex and base64.";

    /// <inheritdoc/>
    protected override EstateMaterial Begin(SourcePosition position) => new(position, Secret.TakeOver([]));

    private static EstateMaterial Replace(EstateMaterial before, EstateMaterial next)
    {
        before.Bytes.Dispose();
        return next;
    }
}
