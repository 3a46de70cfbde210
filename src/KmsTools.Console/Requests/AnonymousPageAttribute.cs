namespace KmsTools.WebConsole.Requests;

/// <summary>A page that is served to anyone.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AnonymousPageAttribute : Attribute
{
}
