using System.Collections.Immutable;
using System.Text.Json;

namespace KmsTools.Authorization;

/// <summary>Reads the conditions of a statement.</summary>
/// <param name="subject">What the policy is called in messages.</param>
/// <param name="form">What it is attached to.</param>
/// <param name="hasVariables">Whether it has policy variables.</param>
/// <param name="isStored">Whether it was saved before; operators that do not exist are accepted then.</param>
internal sealed class ConditionParser(string subject, PolicyForm form, bool hasVariables, bool isStored)
{
    /// <summary>The conditions.</summary>
    /// <param name="json">The element Condition.</param>
    /// <param name="isAllow">Whether the statement allows.</param>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public ImmutableArray<Condition> Parse(JsonElement json, bool isAllow)
    {
        if (json.ValueKind != JsonValueKind.Object
            || !json.EnumerateObject().All(static block => block.Value.ValueKind == JsonValueKind.Object))
        {
            throw KmsErrors.MalformedPolicy($"The Condition of a statement of the {subject} must be an object of objects.");
        }

        return
        [
            .. json.EnumerateObject().SelectMany(block => Block(block.Name, block.Value, isAllow)),
        ];
    }

    private IEnumerable<Condition> Block(string operatorText, JsonElement keys, bool isAllow)
    {
        ConditionOperator? comparison = ConditionOperator.Read(operatorText);
        if (comparison is null && !isStored)
        {
            throw KmsErrors.MalformedPolicy($"The Condition of a statement of the {subject} has the unknown operator {operatorText}.");
        }

        foreach (JsonProperty key in keys.EnumerateObject())
        {
            ImmutableArray<string> expected = Values(key);
            if (comparison is { Qualifier: SetQualifier.ForAllValues } && SingleValued(key.Name) is { } value
                && form == PolicyForm.Key && !isStored)
            {
                throw KmsErrors.MalformedPolicy(
                    $"OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests "
                        + $"without the specified {value} or with an unspecified {value}. To fix, remove ForAllValues.");
            }

            yield return new Condition(
                operatorText,
                key.Name,
                expected,
                ConditionKey.Of(key.Name, form),
                comparison,
                comparison is { } known
                    ? [.. expected.Select(text => ValueMatcher.Read(text, known, hasVariables, form)).OfType<ValueMatcher>()]
                    : [],
                isAllow);
        }
    }

    private static ImmutableArray<string> Values(JsonProperty key)
    {
        ImmutableArray<JsonElement> values = key.Value.ValueKind == JsonValueKind.Array ? [.. key.Value.EnumerateArray()] : [key.Value];
        return values.All(static value =>
            value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
            ? [.. values.Select(static value => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText())]
            : throw KmsErrors.MalformedPolicy(
                $"The value of the condition key {key.Name} must be a string, a number, a Boolean or a list of these.");
    }

    private static string? SingleValued(string conditionKey) =>
        conditionKey.StartsWith("kms:EncryptionContext:", StringComparison.OrdinalIgnoreCase) ? "encryption context"
        : conditionKey.StartsWith("aws:RequestTag/", StringComparison.OrdinalIgnoreCase) ? "tag"
        : null;
}
