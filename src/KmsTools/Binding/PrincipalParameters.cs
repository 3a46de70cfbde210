namespace KmsTools.Binding;

/// <summary>What the cmdlets that create and change users, roles and groups have in common.</summary>
internal static class PrincipalParameters
{
    /// <summary>The settings of parameters; those that are not given are null.</summary>
    /// <exception cref="ArgumentException">A tag has no key or no value.</exception>
    public static PrincipalSettings Settings(Tag[]? tags, string[]? groups, string? permissionsBoundary) => new()
    {
        Tags = tags is null
            ? null
            : [.. tags.Select(static tag => tag is { TagKey: { } key, TagValue: { } value }
                ? new KeyTag(key, value)
                : throw new ArgumentException("A tag has a TagKey and a TagValue."))],
        Groups = groups is null ? null : [.. groups],
        PermissionsBoundary = permissionsBoundary,
    };
}
