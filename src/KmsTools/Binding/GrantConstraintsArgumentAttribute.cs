using System.Collections;
using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>
/// Takes the constraints of a grant as Get-KmsGrantList shows them, also from CLIXML and JSON, or as a hashtable of their members. Anything
/// else is refused: a grant without its constraints permits more.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class GrantConstraintsArgumentAttribute : ArgumentTransformationAttribute
{
    private static readonly PairsArgumentAttribute s_pairs = new();

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = NamedMember.Unwrap(inputData);
        return value switch
        {
            null or GrantConstraints => value,
            IDictionary members => Read(members, engineIntrinsics),
            PSObject { BaseObject: PSCustomObject } bag
                when NamedMember.IsBag(bag) || NamedMember.SerializedTypeOf(bag) == typeof(GrantConstraints) =>
                Read(NamedMember.TableOf(bag), engineIntrinsics),
            _ => throw new ArgumentTransformationMetadataException(
                "The constraints of a grant are asked for, such as @{ EncryptionContextSubset = @{ tenant = 'a' } }, "
                    + $"and an object of the type {NamedMember.TypeOf(PSObject.AsPSObject(inputData))} was given."),
        };
    }

    private static GrantConstraints Read(IDictionary members, EngineIntrinsics engine)
    {
        GrantConstraints constraints = new();
        foreach (DictionaryEntry member in members)
        {
            string name = $"{member.Key}";
            if (name.Equals(nameof(GrantConstraints.EncryptionContextEquals), StringComparison.OrdinalIgnoreCase))
            {
                constraints.EncryptionContextEquals = Context(member.Value, nameof(GrantConstraints.EncryptionContextEquals), engine);
            }
            else if (name.Equals(nameof(GrantConstraints.EncryptionContextSubset), StringComparison.OrdinalIgnoreCase))
            {
                constraints.EncryptionContextSubset = Context(member.Value, nameof(GrantConstraints.EncryptionContextSubset), engine);
            }
            else if (name.Equals(nameof(GrantConstraints.SourceArn), StringComparison.OrdinalIgnoreCase))
            {
                constraints.SourceArn = NamedMember.Unwrap(member.Value) switch
                {
                    null => null,
                    string text => text,
                    _ => throw new ArgumentTransformationMetadataException("The SourceArn of constraints is text."),
                };
            }
            else
            {
                throw new ArgumentTransformationMetadataException(
                    $"'{name}' is not a constraint of a grant. EncryptionContextEquals, EncryptionContextSubset and SourceArn are.");
            }
        }

        return constraints;
    }

    private static IReadOnlyDictionary<string, string>? Context(object? value, string member, EngineIntrinsics engine)
    {
        try
        {
            return StringPairs.From((Hashtable?)s_pairs.Transform(engine, value), member);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentTransformationMetadataException(exception.Message, exception);
        }
    }
}
