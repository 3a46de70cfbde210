namespace KmsTools.WebConsole.Sessions;

/// <summary>A session that was begun with an access key has asked for an act of administration.</summary>
public sealed class AdministrationRefusedException : Exception
{
    /// <summary>Creates it.</summary>
    public AdministrationRefusedException()
        : base("This session was begun with an access key, which is good for calls of AWS KMS only. Show-KmsConsole, as the user whose "
            + "store it is, begins a session that may do this.")
    {
    }
}
