using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>The key of health checks.</summary>
internal sealed class HealthKeyFormat()
    : PartFormat<HealthKeyDraft>(
        "healthKey",
        "The key that health checks encrypt and decrypt with, and that no key store has. Without it they only ask whether the token answers.")
{
    /// <summary>The one instance.</summary>
    public static readonly HealthKeyFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<HealthKeyDraft>> Members { get; } =
    [
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
    protected override HealthKeyDraft Begin(SourcePosition position) => new(position);

    /// <inheritdoc/>
    protected override HealthKeyDraft Check(YamlObject given, HealthKeyDraft part)
    {
        KeyNameMembers.Check(given);
        return part;
    }
}
