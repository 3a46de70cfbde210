namespace KmsTools.Authorization;

/// <summary>A permission that a call needs.</summary>
/// <param name="Action">The action without its prefix, such as <c>ReEncryptFrom</c>.</param>
/// <param name="Resource">The ARN of what it is needed on, or <c>*</c>.</param>
/// <param name="Rule">Who decides.</param>
/// <param name="Key">The key that it is needed on, or null.</param>
internal sealed record Permission(string Action, string Resource, AccessRule Rule, Key? Key = null);
