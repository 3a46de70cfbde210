using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>Policies by their names.</summary>
internal sealed class PoliciesFormat : ValueFormat<IReadOnlyList<EstatePolicy>>
{
    private static readonly PolicyFormat s_policy = new();

    /// <inheritdoc/>
    public override IReadOnlyList<EstatePolicy>? Read(YamlNode node, string what, EstateErrors errors) => node is YamlMap map
        ? [.. map.Entries.Select(entry => s_policy.Read(entry.Value, $"'{entry.Key}' of {what}", errors) is { } document
            ? new EstatePolicy(entry.Key, document)
            : null).OfType<EstatePolicy>()]
        : Wrong(errors, node.Position, $"{what} must be a mapping of names to policies.");

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, IReadOnlyList<EstatePolicy> value) => writer.Map(() =>
    {
        foreach (EstatePolicy policy in value)
        {
            writer.Text(policy.Name);
            s_policy.Write(writer, policy.Document);
        }
    });

    /// <inheritdoc/>
    public override bool IsEmpty(IReadOnlyList<EstatePolicy> value) => value.Count == 0;

    /// <inheritdoc/>
    public override void Describe(JsonObject schema)
    {
        JsonObject policy = new();
        s_policy.Describe(policy);
        schema["type"] = "object";
        schema["additionalProperties"] = policy;
    }
}
