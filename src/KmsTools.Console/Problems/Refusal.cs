using KmsTools.WebConsole.Sessions;

namespace KmsTools.WebConsole.Problems;

/// <summary>Asks whether a call would be refused, so that a page says why in the place of a button that would not help.</summary>
internal static class Refusal
{
    /// <summary>Why a call would be refused now; null when nothing speaks against it. Does nothing and records nothing.</summary>
    /// <param name="session">The session, whose principal would call.</param>
    /// <param name="request">The request.</param>
    public static Problem? Of(ConsoleSession session, object request)
    {
        try
        {
            _ = session.Preview(request);
            return null;
        }
        catch (KmsException exception)
        {
            return Problem.Of(exception, session);
        }
    }
}
