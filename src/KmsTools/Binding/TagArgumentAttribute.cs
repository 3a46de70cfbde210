using System.Collections;
using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>
/// Takes tags as a hashtable of their keys and values too, or as an object that has them as properties, such as JSON. One with TagKey and
/// TagValue is one tag, as in AWS.Tools. Anything else is refused: PowerShell leaves out what it cannot convert where it comes from a property
/// of an object in the pipeline.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TagArgumentAttribute : ArgumentTransformationAttribute
{
    private static readonly string[] Members = [nameof(Tag.TagKey), nameof(Tag.TagValue)];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => NamedMember.Unwrap(inputData) switch
    {
        null => inputData,
        IList items => items.Cast<object?>().SelectMany(Take).ToArray(),
        _ => Take(inputData).ToArray(),
    };

    private static IEnumerable<object?> Take(object? input) => NamedMember.Unwrap(input) switch
    {
        null or Tag => [input],
        IDictionary table => IsTag(table) ? [input] : Tags(table),
        var value when NamedMember.Of(PSObject.AsPSObject(value), nameof(Tag.TagKey)) is { } key =>
            [TagOf(key, PSObject.AsPSObject(value))],
        PSObject bag when NamedMember.IsBag(bag) => Tags(NamedMember.TableOf(bag)),
        _ => throw new ArgumentTransformationMetadataException(
            "Tags are keys with their values, such as @{ team = 'shop' }, "
                + $"and an object of the type {NamedMember.TypeOf(PSObject.AsPSObject(input))} was given."),
    };

    // PowerShell converts no object of another type, such as a tag of a principal, and leaves it out.
    private static Tag TagOf(object key, PSObject value) => new()
    {
        TagKey = LanguagePrimitives.ConvertTo<string>(key),
        TagValue = NamedMember.Of(value, nameof(Tag.TagValue)) is { } text ? LanguagePrimitives.ConvertTo<string>(text) : null,
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
}
