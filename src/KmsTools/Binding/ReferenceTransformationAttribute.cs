using System.Collections;
using System.Management.Automation;
using KmsTools.Identifiers;

namespace KmsTools.Binding;

/// <summary>
/// Takes objects of the module where their ID or ARN is asked for: the value of the first of some properties that has one. Text, and
/// whatever has none of them, is left as it is. Of a multi-Region key, the ARN is taken wherever the object shows it: its ID is also that
/// of the related keys, and names another key in another Region.
/// </summary>
/// <param name="properties">The properties, in the order in which they are tried. That of an object is searched in its turn.</param>
public abstract class ReferenceTransformationAttribute(params string[] properties) : ArgumentTransformationAttribute
{
    private static readonly string[] Arns = ["Arn", "KeyArn", "AliasArn"];

    /// <inheritdoc/>
    public sealed override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = Unwrap(inputData);
        return value switch
        {
            null or string => inputData,
            IDictionary => inputData,
            IEnumerable items => items.Cast<object?>().Select(item => Find(item) ?? item).ToArray(),
            _ => Find(inputData) ?? inputData,
        };
    }

    private protected virtual object? FindElsewhere(PSObject value) => null;

    private object? Find(object? input)
    {
        if (Unwrap(input) is null or string)
        {
            return null;
        }

        PSObject value = PSObject.AsPSObject(input);
        foreach (string name in properties)
        {
            switch (Unwrap(value.Properties[name]?.Value))
            {
                case string { Length: > 0 } text:
                    return text.StartsWith("mrk-", StringComparison.Ordinal) ? FindArn(value, text) ?? text : text;
                case { } nested and not (string or ValueType) when Find(nested) is { } found:
                    return found;
            }
        }

        return FindElsewhere(value);
    }

    // An alias is in the Region of its key.
    private static string? FindArn(PSObject value, string keyId) => Arns
        .Select(name => Unwrap(value.Properties[name]?.Value) as string)
        .Select(arn => arn?.IndexOf(":alias/", StringComparison.Ordinal) is int end and >= 0 ? $"{arn[..end]}:key/{keyId}" : arn)
        .FirstOrDefault(arn => KeyArn.TryParse(arn, out KeyArn? key) && key.KeyId == keyId);

    private static object? Unwrap(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : value;
}

/// <summary>
/// Takes keys, aliases, and what names a key, where a key is asked for. An alias that has no key yet is taken by its name, an event is the
/// first key that it is about.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyArgumentAttribute()
    : ReferenceTransformationAttribute("KeyId", "TargetKeyId", "KeyArn", "KeyMetadata", "ReplicaKeyMetadata", "AliasName", "Arn")
{
    private protected override object? FindElsewhere(PSObject value) => (value.Properties["Resources"]?.Value as IEnumerable)?
        .OfType<string>().FirstOrDefault(static arn => arn.Contains(":key/", StringComparison.Ordinal));
}

/// <summary>Takes custom key stores, and what names one, where a custom key store is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyStoreArgumentAttribute() : ReferenceTransformationAttribute("CustomKeyStoreId");

/// <summary>Takes clusters, and what names one, where a cluster of HSMs is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ClusterArgumentAttribute() : ReferenceTransformationAttribute("ClusterId", "CloudHsmClusterId");
