using KmsTools.Estates;
using KmsTools.XksProxy.Settings;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>An external key.</summary>
internal sealed class KeyPartFormat()
    : PartFormat<KeyDraft>("key", "An external key: an ID that KMS knows, and the key in a token behind it.")
{
    /// <summary>The type of a version. Before the instance, which is made of it.</summary>
    internal static readonly NumberFormat Version = Texts.Number("version", 0, byte.MaxValue, 1);

    /// <summary>The one instance.</summary>
    public static readonly KeyPartFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<KeyDraft>> Members { get; } =
    [
        Member("id", Texts.ExternalKeyId, static key => key.Id, static (key, id) => key with { Id = id },
            "The external key ID (XksKeyId in KMS), unique in the key store. It must not be '.' or '..'.", isRequired: true),
        Member("token", Texts.Name, static key => key.Token, static (key, token) => key with { Token = token },
            "The name of the token that holds the key.", isRequired: true),
        Member(KeyNameMembers.Label, Value.Text, static key => key.Label, static (key, label) => key with { Label = label },
            KeyNameMembers.LabelDescription),
        Member(KeyNameMembers.CkaId, KeyNameMembers.CkaIdFormat, static key => key.CkaId, static (key, id) => key with { CkaId = id },
            KeyNameMembers.CkaIdDescription),
        Member(KeyNameMembers.Uri, KeyNameMembers.UriFormat, static key => key.Uri, static (key, uri) => key with { Uri = uri },
            KeyNameMembers.UriDescription),
        Member("version", Version, static key => key.Version, static (key, version) => key with { Version = version },
            "The number of this key among those behind the ID. It is in each ciphertext, so no other key may get it later. The default is 1."),
        Member("former", Value.Parts(FormerKeyFormat.Instance), static key => key.Former,
            static (key, former) => key with { Former = [.. former] },
            "Keys that were behind the ID before, and still decrypt what they have encrypted."),
        Member("enabled", Texts.On, static key => key.Enabled, static (key, enabled) => key with { Enabled = enabled },
            "Whether it can be used. The default is true."),
        Member("usage", Value.Name<XksKeyUsage>(), static key => key.Usage, static (key, usage) => key with { Usage = usage },
            "What it may be used for, beside what its attributes in the token say. The default is Both."),
    ];

    /// <inheritdoc/>
    protected override string Rules => KeyNameMembers.Rules;

    /// <inheritdoc/>
    protected override KeyDraft Begin(SourcePosition position) => new(position);

    /// <inheritdoc/>
    protected override KeyDraft Check(YamlObject given, KeyDraft part)
    {
        KeyNameMembers.Check(given);
        if (part.Id is { Value: "." or ".." } id)
        {
            given.Error(id.Position, $"An external key ID must not be '{id.Value}': paths that contain it name something else.");
        }

        return part;
    }
}

/// <summary>A key that was behind an ID before.</summary>
internal sealed class FormerKeyFormat()
    : PartFormat<FormerKeyDraft>("formerKey", "A key that was behind an external key ID before, and still decrypts what it has encrypted.")
{
    /// <summary>The one instance.</summary>
    public static readonly FormerKeyFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<FormerKeyDraft>> Members { get; } =
    [
        Member("version", KeyPartFormat.Version, static key => key.Version, static (key, version) => key with { Version = version },
            "The number that it had.", isRequired: true),
        Member("token", Texts.Name, static key => key.Token, static (key, token) => key with { Token = token },
            "The name of the token that holds it.", isRequired: true),
        Member(KeyNameMembers.Label, Value.Text, static key => key.Label, static (key, label) => key with { Label = label },
            KeyNameMembers.LabelDescription),
        Member(KeyNameMembers.CkaId, KeyNameMembers.CkaIdFormat, static key => key.CkaId, static (key, id) => key with { CkaId = id },
            KeyNameMembers.CkaIdDescription),
        Member(KeyNameMembers.Uri, KeyNameMembers.UriFormat, static key => key.Uri, static (key, uri) => key with { Uri = uri },
            KeyNameMembers.UriDescription),
    ];

    /// <inheritdoc/>
    protected override string Rules => KeyNameMembers.Rules;

    /// <inheritdoc/>
    protected override FormerKeyDraft Begin(SourcePosition position) => new(position);

    /// <inheritdoc/>
    protected override FormerKeyDraft Check(YamlObject given, FormerKeyDraft part)
    {
        KeyNameMembers.Check(given);
        return part;
    }
}
