using System.Collections;
using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>Takes tags as a hashtable of their keys and values too. One with TagKey and TagValue is one tag, as in AWS.Tools.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TagArgumentAttribute : ArgumentTransformationAttribute
{
    private static readonly string[] Members = [nameof(Tag.TagKey), nameof(Tag.TagValue)];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => Unwrap(inputData) switch
    {
        IDictionary table when !IsTag(table) => Tags(table).ToArray(),
        object?[] items when items.Any(static item => Unwrap(item) is IDictionary table && !IsTag(table)) =>
            items.SelectMany(static item => Unwrap(item) is IDictionary table && !IsTag(table) ? Tags(table) : [item]).ToArray(),
        _ => inputData,
    };

    private static bool IsTag(IDictionary table) => table.Count > 0
        && table.Keys.Cast<object>().All(static key => Members.Contains($"{key}", StringComparer.OrdinalIgnoreCase));

    private static IEnumerable<object?> Tags(IDictionary table)
    {
        if (table.Count == 2 && table.Contains("Key") && table.Contains("Value"))
        {
            // The tags of other services of AWS have these members.
            throw new ArgumentTransformationMetadataException(
                "These would be two tags with the keys Key and Value. "
                    + $"Write @{{ '{table["Key"]}' = '{table["Value"]}' }}, or use TagKey and TagValue.");
        }

        foreach (DictionaryEntry entry in table)
        {
            yield return entry.Value switch
            {
                { } value when TextValue.Is(value) => new Tag
                {
                    TagKey = $"{entry.Key}",
                    TagValue = LanguagePrimitives.ConvertTo<string>(value),
                },
                null => throw new ArgumentTransformationMetadataException(
                    $"The value of the tag '{entry.Key}' is $null. Write '' for an empty value."),
                _ => throw new ArgumentTransformationMetadataException(
                    $"The value of the tag '{entry.Key}' is not text. Put it in quotes."),
            };
        }
    }

    private static object? Unwrap(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : value;
}
