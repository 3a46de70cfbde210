namespace KmsTools.Authorization;

/// <summary>The values of a call that conditions are compared with.</summary>
internal interface IRequestContext
{
    /// <summary>The values of a condition key, or null when the call does not have it.</summary>
    /// <param name="key">The name, such as <c>kms:ViaService</c> or <c>aws:PrincipalTag/team</c>; compared regardless of case.</param>
    ConditionValues? Find(string key);
}
