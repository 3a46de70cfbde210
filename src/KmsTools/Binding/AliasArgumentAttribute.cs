namespace KmsTools.Binding;

/// <summary>
/// Takes aliases where an alias is asked for. What names a key is taken as the ID of that key, which the cmdlet refuses with the command that
/// was meant; anything else that is not text is refused, because its name as text would become that of an alias.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AliasArgumentAttribute()
    : ReferenceTransformationAttribute(
        "An alias is text", "AliasName", "KeyId", "TargetKeyId", "KeyArn", "KeyMetadata", "ReplicaKeyMetadata", "Arn")
{
    private protected override string Refusal(string type) => $"An alias is text, such as alias/orders, and not {type}.";
}
