using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using KmsTools.Identifiers;

namespace KmsTools.Binding;

/// <summary>
/// Takes objects of the module, and dictionaries of their properties, where their ID, name or ARN is asked for: the value of the first of
/// some properties that has one. Text is left as it is. Whatever else has none of them is refused, because PowerShell would make a text of it that names nothing. Of a multi-Region key,
/// the ARN is taken wherever the object shows it: its ID is also that of the related keys, and names another key in another Region.
/// </summary>
/// <param name="named">What names the thing, as the beginning of a sentence.</param>
/// <param name="properties">The properties, in the order in which they are tried. That of an object is searched in its turn.</param>
public abstract class ReferenceTransformationAttribute(string named, params string[] properties) : ArgumentTransformationAttribute
{
    private static readonly string[] Arns = ["Arn", "KeyArn", "AliasArn"];

    /// <summary>Objects with this property are left for another parameter, if one takes more of them; null for none.</summary>
    public string? Except { get; set; }

    /// <inheritdoc/>
    public sealed override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => NamedMember.Unwrap(inputData) switch
    {
        string text => Shorten(text) is { } shorter && shorter != text ? shorter : inputData,
        IDictionary => Take(inputData),
        IEnumerable items => items.Cast<object?>().Select(Take).ToArray(),
        _ => Take(inputData),
    };

    /// <summary>Whether a text that was found in an object can name the thing.</summary>
    private protected virtual bool Accepts(string text) => true;

    /// <summary>The name in a text that has more than it.</summary>
    private protected virtual string Shorten(string text) => text;

    /// <summary>The name in a text that was found in an object.</summary>
    private protected virtual string NameIn(string text) => Shorten(text);

    private protected virtual string? FindElsewhere(PSObject value) => null;

    /// <summary>Why an object is refused.</summary>
    /// <param name="type">The name of its type.</param>
    private protected virtual string Refusal(string type) => $"{named}: an object of the type {type} names none.";

    private object? Take(object? input)
    {
        switch (NamedMember.Unwrap(input))
        {
            case null or ValueType or NullString:
                return input;
            case string text:
                return Shorten(text);
            case Uri uri:
                return Shorten(uri.OriginalString);
        }

        PSObject value = PSObject.AsPSObject(input);
        if (TextValue.Is(input))
        {
            return Shorten(value.ToString());
        }

        bool isLeft = Except is not null && NamedMember.Of(value, Except) is not null;
        return Find(value) is { } found ? isLeft ? new Reference(NameIn(found)) : NameIn(found)
            : isLeft ? input
            : throw new ArgumentTransformationMetadataException(Refusal(NamedMember.TypeOf(value)) + Hint(value));
    }

    private static string Hint(PSObject value) =>
        TextValue.WhereIn(value) is { Length: > 0 } where ? $" Give a property of it{where}." : "";

    private string? Find(PSObject value)
    {
        foreach (string name in properties)
        {
            switch (NamedMember.Of(value, name))
            {
                case string { Length: > 0 } text when Accepts(text):
                    return text.StartsWith("mrk-", StringComparison.Ordinal) ? FindArn(value, text) ?? text : text;
                case { } nested and not (string or ValueType) when Find(PSObject.AsPSObject(nested)) is { } found:
                    return found;
            }
        }

        return FindElsewhere(value);
    }

    // An alias is in the Region of its key.
    private static string? FindArn(PSObject value, string keyId) => Arns
        .Select(name => NamedMember.Of(value, name) as string)
        .Select(arn => arn?.IndexOf(":alias/", StringComparison.Ordinal) is int end and >= 0 ? $"{arn[..end]}:key/{keyId}" : arn)
        .FirstOrDefault(arn => KeyArn.TryParse(arn, out KeyArn? key) && key.KeyId == keyId);

    /// <summary>
    /// What names an object. PowerShell makes a text of it only where no other parameter takes the object: it asks for values of the right type
    /// first.
    /// </summary>
    private sealed record Reference(string Name)
    {
        public override string ToString() => Name;
    }
}

/// <summary>
/// Takes keys, aliases, and what names a key, where a key is asked for. An alias that has no key yet is taken by its name, an event is the
/// first key that it is about.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyArgumentAttribute()
    : ReferenceTransformationAttribute(
        "A key is named by its ID, its ARN or an alias",
        "KeyId", "TargetKeyId", "KeyArn", "KeyMetadata", "ReplicaKeyMetadata", "AliasName", "Arn")
{
    // Users and roles have an Arn too.
    private protected override bool Accepts(string text) =>
        !text.StartsWith("arn:", StringComparison.Ordinal) || text.Contains(":kms:", StringComparison.Ordinal);

    private protected override string? FindElsewhere(PSObject value) => (NamedMember.Of(value, "Resources") as IEnumerable)?
        .Cast<object?>().Select(NamedMember.Unwrap).OfType<string>()
        .FirstOrDefault(static arn => arn.Contains(":key/", StringComparison.Ordinal));
}

/// <summary>Takes custom key stores, and what names one, where a custom key store is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyStoreArgumentAttribute()
    : ReferenceTransformationAttribute("A custom key store is named by its ID", "CustomKeyStoreId");

/// <summary>Takes custom key stores where the name of one is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyStoreNameArgumentAttribute()
    : ReferenceTransformationAttribute("This is the name of a custom key store", "CustomKeyStoreName");

/// <summary>Takes clusters, and what names one, where a cluster of HSMs is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ClusterArgumentAttribute()
    : ReferenceTransformationAttribute("A cluster of HSMs is named by its ID", "ClusterId", "CloudHsmClusterId");
