namespace KmsTools.WebConsole.Layout;

/// <summary>A page of administration about one key, which asks no permission and records no call.</summary>
public abstract class KeyAdministrationPage : KeyPage
{
    /// <inheritdoc/>
    protected override KeyMetadata ReadKey() => KeyMetadata.Of(Session.Administration.FindKey(KeyId, Session.Administrator));
}
