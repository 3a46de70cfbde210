namespace KmsTools.Pkcs11.Libraries;

/// <summary>A login that uses an instance of a module, together with others where the module has only one.</summary>
internal interface IInstanceUser
{
    /// <summary>Whether the token answers, the login is valid, and the module gives random bytes.</summary>
    bool Answers();

    /// <summary>Marks everything that the instance gave out as invalid: other code finalized the module behind it.</summary>
    void Invalidate();

    /// <summary>Admits no new calls, and waits until none is in progress.</summary>
    /// <returns>False when one still is after the limit.</returns>
    bool TryVacate(TimeSpan limit);
}
