namespace KmsTools.WebConsole.Requests;

/// <summary>A page that is served to sessions of the administrator only: those that Show-KmsConsole began.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AdministratorPageAttribute : Attribute
{
}
